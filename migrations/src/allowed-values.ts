/** Adds a value to a list that a check allows, or takes it away, whatever else is on the list by then. */
export const allow = (table: string, constraint: string, value: string) =>
  change(table, constraint, `replace(def, 'ARRAY[', 'ARRAY[''${value}''::text, ')`);
export const forbid = (table: string, constraint: string, value: string) =>
  change(table, constraint, `replace(def, '''${value}''::text, ', '')`);
const change = (table: string, constraint: string, changed: string) => `
do $do$ declare def text; begin
  select pg_catalog.pg_get_constraintdef(oid) into strict def from pg_catalog.pg_constraint where conrelid = 'app.${table}'::regclass and conname = '${constraint}';
  execute 'alter table app.${table} drop constraint ${constraint}';
  execute 'alter table app.${table} add constraint ${constraint} ' || ${changed};
end $do$;`;
