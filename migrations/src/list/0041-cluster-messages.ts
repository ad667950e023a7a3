import { allow, forbid } from '../allowed-values.ts';
import type { Migration } from '../migration.ts';

/** A cluster is told outside like an alert: by letter and by telephone to whoever must answer, and to the contact outside when nobody of the school does. */
export const clusterMessages: Migration = {
  name: '0041-cluster-messages',
  up: `
alter table app.messages add column cluster_id uuid;
alter table app.messages add foreign key (school_id, cluster_id) references app.cluster_alerts (school_id, id);
alter table app.messages add constraint messages_about_one check (num_nonnulls(alert_id, drill_id, cluster_id) <= 1
  and (kind <> 'cluster_to_answer' or cluster_id is not null));
create index messages_cluster on app.messages (school_id, cluster_id);
${allow('messages', 'messages_kind_check', 'cluster_to_answer')}
`,
  down: `
alter table app.messages no force row level security;
delete from app.messages where cluster_id is not null;
alter table app.messages force row level security;
${forbid('messages', 'messages_kind_check', 'cluster_to_answer')}
alter table app.messages drop constraint messages_about_one;
alter table app.messages drop column cluster_id;
`,
};
