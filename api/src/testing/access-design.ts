import { z } from '@hono/zod-openapi';
import { roles } from '@shaodian/rules';
import type { Role } from '@shaodian/rules';
import { accessFile, accessTables } from './access-table.ts';
import type { Reach, Rules } from './access-table.ts';

const cellReasons = z.record(z.string(), z.string());
const design = z
  .strictObject({
    about: z.string(),
    columns: z.record(z.string(), z.enum(roles)),
    resources: z.array(
      z.strictObject({
        resource: z.string(),
        cells: z.record(z.string(), z.string()),
        /** The reason; of the whole resource, or cell by cell. */
        notBuilt: z.union([z.string(), cellReasons]).optional(),
        partlyBuilt: cellReasons.optional(),
      }),
    ),
  })
  .parse(accessFile('design.json'));

/** One cell of the design: a resource and a role, in its own words. */
export interface DesignCell {
  readonly resource: string;
  readonly role: Role;
  readonly text: string;
  readonly state: 'built' | 'partly built' | 'not built';
}

type Resource = (typeof design.resources)[number];

const stateOf = ({ notBuilt, partlyBuilt }: Resource, column: string): DesignCell['state'] =>
  typeof notBuilt === 'string' || notBuilt?.[column] !== undefined
    ? 'not built'
    : partlyBuilt?.[column] === undefined
      ? 'built'
      : 'partly built';

/** Every resource × every role. @throws where a cell is missing or is none of the table's */
export const designCells: readonly DesignCell[] = design.resources.flatMap((resource) => {
  const columns = Object.keys(design.columns);
  const named = [resource.cells, resource.partlyBuilt ?? {}].flatMap((one) => Object.keys(one));
  const strange = named.filter((column) => !columns.includes(column));
  if (strange.length > 0) throw new Error(`${resource.resource} has no column ${strange.join()}`);
  return Object.entries(design.columns).map(([column, role]) => {
    const text = resource.cells[column];
    if (!text) throw new Error(`${resource.resource} has no cell ${column}`);
    return { resource: resource.resource, role, text, state: stateOf(resource, column) };
  });
});

const cellOf = (resource: string, role: string) =>
  designCells.find((cell) => cell.resource === resource && cell.role === role);

/** The letters of a cell, with or without marks: `case R*U` → R, U. Words in capitals are none: `proposes CM`. */
export const lettersOf = (text: string): ReadonlySet<string> =>
  new Set((text.match(/(?<![A-Za-z])[LRCUXA]+(?![A-Za-z])/g) ?? []).join(''));

const reachOf = (text: string): Reach =>
  (['class', 'grade'] as const).find((reach) => text.startsWith(reach)) ?? 'school';

const lettersFor = { see: ['L', 'R'], insert: ['C'], update: ['U'], delete: [] } as const;
type Command = keyof typeof lettersFor;

type Table = (typeof accessTables)[string];
const rightsOf = (table: Table) =>
  (Object.keys(lettersFor) as Command[]).flatMap((command) => {
    const kinds = command === 'insert' ? Object.values(table.insertOfKind ?? {}) : [];
    return [table[command] ?? {}, ...kinds].map((rules) => [command, rules] as const);
  });

/** Rights of a role that neither its cell of the design gives nor a reason in `beyond`; and reasons that nothing needs. */
export function listUnlicensed(tables: Readonly<Record<string, Table>> = accessTables): string[] {
  return Object.entries(tables).flatMap(([name, table]) => {
    const { of, beyond = {} } = table;
    if (of === null) return [];
    const needed = new Set<string>();
    for (const [command, rules] of rightsOf(table))
      for (const role of roles) {
        const rule = rules[role];
        if (rule && !isLicensed(cellOf(of, role), command, rule[0])) needed.add(role);
      }
    const missing = [...needed].filter((role) => !(role in beyond));
    const idle = Object.keys(beyond).filter((role) => !needed.has(role));
    return [
      ...missing.map((role) => `${name}: ${role} reaches more than “${cellOf(of, role)?.text}”`),
      ...idle.map((role) => `${name}: ${role} needs no reason`),
    ];
  });
}

function isLicensed(cell: DesignCell | undefined, command: Command, reach: Reach): boolean {
  if (!cell || cell.state === 'not built') return false;
  const letters = lettersOf(cell.text);
  return (
    lettersFor[command].some((letter) => letters.has(letter)) &&
    (command !== 'see' || reach === reachOf(cell.text))
  );
}

/** Cells that are said to be built and that no table gives. */
export const listUngiven = (): string[] =>
  designCells
    .filter((cell) => cell.state === 'built')
    .flatMap((cell) => {
      const tables = Object.values(accessTables).filter((table) => table.of === cell.resource);
      const lacking = wantsOf(cell).filter(
        ([command, circle]) =>
          !tables.some((table) =>
            rightsOf(table).some(
              ([at, rules]: readonly [Command, Rules]) => at === command && rules[circle],
            ),
          ),
      );
      return lacking.map(
        ([command, circle]) =>
          `${cell.resource}, ${cell.role} “${cell.text}”: nothing lets ${circle} ${command}`,
      );
    });

/** What a cell asks for, as commands and the circle that has them. */
function wantsOf({ text, role }: DesignCell): [Command, Role | 'oneself' | 'red_duty'][] {
  const letters = lettersOf(text);
  const own = /^(own|self)|R own/.test(text) && !text.includes('RU');
  const wants: [Command, Role | 'oneself' | 'red_duty'][] = [];
  if (letters.has('L') || letters.has('R')) wants.push(['see', own ? 'oneself' : role]);
  if (letters.has('C')) wants.push(['insert', role]);
  if (letters.has('U')) wants.push(['update', role]);
  if (text.includes('act if holder')) wants.push(['update', 'oneself']);
  if (text.includes('act on duty')) wants.push(['update', 'red_duty']);
  return wants;
}
