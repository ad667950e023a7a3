import { randomUUID } from 'node:crypto';
import type { AccessActor } from './access-oracle.ts';
import { changeAs, probeAndUndo, runAs } from './access-probes.ts';
import type { AccessWorld } from './access-world.ts';

const columns = {
  data_keys: 'wrapped',
  reporter_seals: 'sealed_person',
  second_factors: 'secret',
  channels: 'config',
  observation_details: 'words',
  reporter_openings: 'reason',
  break_glass: 'reason',
  break_glass_reviews: 'note',
  monthly_report_bodies: 'kindness',
  alert_proposals: 'words',
  alerts: 'note',
  alert_events: 'note',
  roster_imports: 'sealed_rows',
};

/** What each step of an exchange of keys reaches, after `prepare`: rows per table, and what may be made and dropped. Nothing is kept. */
export function exchangeAfter(world: AccessWorld, prepare: string): Promise<readonly string[]> {
  const { schoolId } = world.places.own;
  const worker: AccessActor = {
    name: 'the worker, exchanging keys',
    context: { kind: 'system', schoolId },
    roles: [],
    onRedDuty: false,
    excludedFrom: [],
    openedFor: [],
    seat: null,
  };
  const retired = `update app.data_keys set retired_at = now() where subject_kind = 'roster_import'`;
  return probeAndUndo(
    world.api.admin,
    `${prepare}; ${retired}`,
    async (probe) => {
      const reached = async (name: string, statement: string) => {
        const table = world.tables.find((one) => one.name === name);
        if (!table) throw new Error(`there is no table ${name}`);
        return String((await changeAs(probe, [worker], table, statement))[0]?.length);
      };
      const answers: string[] = [];
      for (const [table, column] of Object.entries(columns))
        answers.push(await reached(table, `update app.${table} set ${column} = ${column}`));
      answers.push(await reached('data_keys', 'delete from app.data_keys'));
      const made = `insert into app.data_keys (school_id, id, subject_kind, subject_id, kek_id, wrapped)
        values (${schoolId}, '${randomUUID()}', 'case', '${randomUUID()}', 'x', 'x')`;
      const seen = 'select count(id)::text from app.data_keys';
      return [...answers, ...(await runAs(probe, worker, [made, seen]))];
    },
    'shaodian_worker',
  );
}
