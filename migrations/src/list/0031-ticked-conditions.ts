import type { Migration } from '../migration.ts';

/** What the form asks beside a few signs, because the answer changes what they lead to. */
export const tickedConditions: Migration = {
  name: '0031-ticked-conditions',
  up: `
alter table app.observations add column conditions_met text[] not null default '{}';
alter table app.observations add constraint observations_conditions_met_check check (conditions_met <@ indicators);
comment on column app.observations.conditions_met is 'Those of the indicators whose further question was ticked: the rules weigh them more';
`,
  down: `
alter table app.observations drop column conditions_met;
`,
};
