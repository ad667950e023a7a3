import { randomUUID } from 'node:crypto';
import type { AccessActor } from './access-oracle.ts';
import { changeAs, probeAndUndo, runAs } from './access-probes.ts';
import type { AccessWorld } from './access-world.ts';

/** What each step of a delivery answers to the worker, after `prepare`. Nothing is kept. */
export function deliverAfter(world: AccessWorld, prepare: string): Promise<readonly string[]> {
  const { schoolId } = world.places.own;
  const actorOf = (name: string, context: AccessActor['context']): AccessActor => ({
    name,
    context,
    roles: [],
    onRedDuty: false,
    excludedFrom: [],
    openedFor: [],
    seat: null,
  });
  const nobody = actorOf('the worker', null);
  const worker = actorOf('the worker, telling', { kind: 'delivery', schoolId });
  const outbox = world.tables.find((table) => table.name === 'outbox');
  const told = world.tables
    .find((table) => table.name === 'outbox')
    ?.rows.find((row) => row.school === schoolId)
    ?.key.split('/')[1];
  if (!outbox || !told) throw new Error('something was told');
  return probeAndUndo(
    world.api.admin,
    prepare,
    async (probe) => {
      const [changed = []] = await changeAs(
        probe,
        [worker],
        outbox,
        'update app.outbox set attempts = 7',
      );
      return [
        ...(await runAs(probe, nobody, ['select id::text from sec.take_outbox()'])),
        ...(await runAs(probe, worker, [
          'select count(*)::text from app.outbox',
          'select count(id)::text from app.alerts',
          'select count(person_id)::text from app.grants',
          'select count(person_id)::text from app.exclusions',
          'select count(id)::text from app.break_glass',
          'select count(person_id)::text from app.grant_proposals',
          `insert into app.notices (school_id, id, outbox_id, person_id, kind, subject_id, at)
            select ${schoolId}, '${randomUUID()}', '${told}', person_id, 'break_glass_opened', '${randomUUID()}', now()
            from app.grants where role = 'school_leader' limit 1`,
        ])),
        String(changed.length),
      ];
    },
    'shaodian_worker',
  );
}
