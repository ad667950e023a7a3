import type { Migration } from '../migration.ts';

/** A pupil who asks for help has a clock of their own. */
export const askedForHelp: Migration = {
  name: '0032-asked-for-help',
  up: clocks("'red', 'orange-immediate', 'orange', 'help', 'yellow', 'blue'"),
  down: `
alter table app.alerts no force row level security;
update app.alerts set ack_clock = 'yellow' where ack_clock = 'help';
alter table app.alerts force row level security;
${clocks("'red', 'orange-immediate', 'orange', 'yellow', 'blue'")}
`,
};

function clocks(keys: string): string {
  return `alter table app.alerts drop constraint alerts_ack_clock_check;
alter table app.alerts add constraint alerts_ack_clock_check check (ack_clock in (${keys}));`;
}
