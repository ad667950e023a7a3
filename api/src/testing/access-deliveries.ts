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
  const told = world.tables
    .find((table) => table.name === 'outbox')
    ?.rows.find((row) => row.school === schoolId)
    ?.key.split('/')[1];
  if (!told) throw new Error('something was told');
  return probeAndUndo(
    world.api.admin,
    prepare,
    async (probe) => {
      const changedOf = async (name: string, set: string) => {
        const table = world.tables.find((one) => one.name === name);
        if (!table) throw new Error('there is no such table');
        const statement = `update app.${table.name} set ${set}`;
        return String((await changeAs(probe, [worker], table, statement))[0]?.length);
      };
      return [
        ...(await runAs(probe, nobody, [
          'select id::text from sec.take_outbox()',
          "select (count(*) > 0)::text from sec.due_clocks('infinity')",
          "select (count(*) > 0)::text from sec.due_channels('infinity')",
          "select (count(*) > 0)::text from sec.due_drills('infinity')",
          "select (count(*) > 0)::text from sec.due_clusters('infinity')",
        ])),
        ...(await runAs(probe, worker, [
          'select count(*)::text from app.outbox',
          'select count(id)::text from app.alerts',
          'select count(person_id)::text from app.grants',
          'select count(person_id)::text from app.exclusions',
          'select count(id)::text from app.break_glass',
          'select sec.absent_people(now())::text',
          'select count(person_id)::text from app.grant_proposals',
          'select count(id)::text from app.outside_contacts',
          'select count(alert_id)::text from app.alert_clocks',
          'select count(id)::text from app.cluster_alerts',
          'select count(pupil_id)::text from app.cluster_members',
          'select count(id)::text from app.alert_proposals',
          'select count(id)::text from app.channels',
          'select count(person_id)::text from app.contact_points',
          'select count(id)::text from app.messages',
          'select count(id)::text from app.drills',
          'select count(id)::text from app.drill_calls',
          `insert into app.drill_calls (school_id, id, drill_id, position, outside_id, asked_at)
            select d.school_id, gen_random_uuid(), d.id, 999, o.id, now() from app.drills d
            join app.outside_contacts o on o.school_id = d.school_id limit 1`,
          'select count(person_id)::text from app.duty_slots',
          'select count(id)::text from app.schools',
          'select count(starts_on)::text from app.terms',
          'select count(day)::text from app.calendar_days',
          "select (sec.unable_to_sign_in() = '{}')::text",
          `insert into app.alert_events (school_id, id, alert_id, grade_id, class_id, counsellor_only, at, kind, colour, step, rung)
            select school_id, gen_random_uuid(), id, grade_id, class_id, counsellor_only, now(), 'climbed', colour, 'contact', 'school' from app.alerts limit 1`,
          `insert into app.messages (school_id, id, outbox_id, channel_id, channel_kind, kind, colour, at, not_before)
            select m.school_id, gen_random_uuid(), m.outbox_id, c.id, c.kind, 'alert_to_know', 'red', now(), now()
            from app.messages m, app.channels c where c.kind = 'webhook' and c.school_id = m.school_id limit 1`,
          `insert into app.outbox (school_id, id, topic, subject_id, at)
            select school_id, gen_random_uuid(), 'alert.climbed', id, now() from app.alerts limit 1`,
          `insert into app.outbox (school_id, id, topic, subject_id, at)
            select school_id, gen_random_uuid(), 'cluster.climbed', id, now() from app.cluster_alerts limit 1`,
          `insert into app.notices (school_id, id, outbox_id, person_id, kind, subject_id, at)
            select ${schoolId}, '${randomUUID()}', '${told}', person_id, 'break_glass_opened', '${randomUUID()}', now()
            from app.grants where role = 'school_leader' limit 1`,
        ])),
        await changedOf('outbox', 'attempts = 7'),
        await changedOf('alert_clocks', 'missed = 7'),
        await changedOf('alerts', 'version = 7'),
        await changedOf('drills', "rung = 'outside'"),
        await changedOf('cluster_alerts', 'missed = 7'),
        await changedOf('channels', "last_fault = 'probe'"),
        await changedOf('messages', 'attempts = 7'),
      ];
    },
    'shaodian_worker',
  );
}
