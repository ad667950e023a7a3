import type { Colour } from '@shaodian/rules';
import type { ChannelKind } from '../channels/channel.ts';
import type { Deps } from '../deps.ts';
import type { WorkerTransaction } from '../db/worker-database.ts';
import type { OutboxItem } from './outbox.queries.ts';
import { dueOf, planCluster, planDrill, planMessages } from './plan-messages.ts';
import type { OpenChannel, OutsideKind, Planned, Reachable } from './plan-messages.ts';
import type { Recipients } from './recipients.reads.ts';

/**
 * Writes down the messages that go outside for what happened, beside the notices and in the same transaction. A second delivery of the same item
 * adds nothing.
 */
export async function planOutside(
  deps: Pick<Deps, 'newId'>,
  trx: WorkerTransaction,
  item: OutboxItem,
  recipients: Recipients | null,
): Promise<void> {
  const plan = planOf(item.topic);
  if (!plan) return;
  const channels = await listOpenChannels(trx, item.schoolId);
  if (channels.length === 0) return;
  const { about, planned } = await plan(trx, item, channels, recipients);
  await insertPlanned(deps, trx, item, about, planned);
}

/** Undefined for what stays inside. */
function planOf(topic: string): typeof planOfAlert | undefined {
  if (topic === 'drill.called') return planOfDrill;
  if (topic.startsWith('cluster.')) return planOfCluster;
  return topic.startsWith('alert.') && topic !== 'alert.proposed' ? planOfAlert : undefined;
}

interface About {
  readonly alert_id: string | null;
  readonly drill_id: string | null;
  readonly cluster_id: string | null;
  readonly colour: Colour;
}

interface Plan {
  readonly about: About;
  readonly planned: readonly Planned[];
}

async function planOfAlert(
  trx: WorkerTransaction,
  item: OutboxItem,
  channels: readonly OpenChannel[],
  recipients: Recipients | null,
): Promise<Plan> {
  const alert = await trx
    .selectFrom('alerts')
    .select(['colour', 'counsellor_only'])
    .where('school_id', '=', item.schoolId)
    .where('id', '=', item.subjectId)
    .executeTakeFirstOrThrow();
  const people = [...(recipients ?? [])].flatMap(([id, kind]) =>
    isOutside(kind) ? [{ id, kind }] : [],
  );
  const points = await listPoints(
    trx,
    item.schoolId,
    people.map(({ id }) => id),
  );
  const colour = alert.colour as Colour;
  const planned = planMessages({
    topic: item.topic,
    alert: { colour, counsellorOnly: alert.counsellor_only },
    channels,
    people: people.map((one) => ({ ...one, reachable: points.get(one.id) ?? nowhere })),
    outside: item.topic === 'alert.outside' ? await listOutside(trx, item.schoolId) : [],
  });
  return { about: { ...nothing, alert_id: item.subjectId, colour }, planned };
}

async function planOfDrill(
  trx: WorkerTransaction,
  { schoolId, subjectId }: OutboxItem,
  channels: readonly OpenChannel[],
): Promise<Plan> {
  const call = await trx
    .selectFrom('drill_calls')
    .select(['drill_id', 'position', 'person_id', 'outside_id'])
    .where('school_id', '=', schoolId)
    .where('id', '=', subjectId)
    .executeTakeFirstOrThrow();
  const id = call.person_id;
  const planned = planDrill({
    channels,
    person:
      id === null
        ? null
        : { id, reachable: (await listPoints(trx, schoolId, [id])).get(id) ?? nowhere },
    outside: (await listOutside(trx, schoolId)).find((one) => one.id === call.outside_id) ?? null,
    isFirst: call.position === 1,
  });
  return { about: { ...nothing, drill_id: call.drill_id, colour: 'red' }, planned };
}

async function planOfCluster(
  trx: WorkerTransaction,
  { schoolId, subjectId }: OutboxItem,
  channels: readonly OpenChannel[],
  recipients: Recipients | null,
): Promise<Plan> {
  const cluster = await trx
    .selectFrom('cluster_alerts')
    .select(['colour', 'counsellor_only', 'rung'])
    .where('school_id', '=', schoolId)
    .where('id', '=', subjectId)
    .executeTakeFirstOrThrow();
  const people = [...(recipients?.keys() ?? [])];
  const points = await listPoints(trx, schoolId, people);
  const colour = cluster.colour as Colour;
  const planned = planCluster({
    alert: { colour, counsellorOnly: cluster.counsellor_only },
    channels,
    people: people.map((id) => ({
      id,
      kind: 'alert_to_acknowledge',
      reachable: points.get(id) ?? nowhere,
    })),
    // Also where nobody of the school could be found when it was raised.
    outside: cluster.rung === 'outside' ? await listOutside(trx, schoolId) : [],
  });
  return { about: { ...nothing, cluster_id: subjectId, colour }, planned };
}

const nothing = { alert_id: null, drill_id: null, cluster_id: null };

async function insertPlanned(
  deps: Pick<Deps, 'newId'>,
  trx: WorkerTransaction,
  item: OutboxItem,
  about: About,
  planned: readonly Planned[],
): Promise<void> {
  if (planned.length === 0) return;
  const { time_zone } = await trx
    .selectFrom('schools')
    .select('time_zone')
    .where('id', '=', item.schoolId)
    .executeTakeFirstOrThrow();
  await trx
    .insertInto('messages')
    .values(
      planned.map((one) => ({
        school_id: item.schoolId,
        id: deps.newId(),
        outbox_id: item.id,
        ...about,
        person_id: one.personId,
        outside_id: one.outsideId,
        channel_id: one.channelId,
        channel_kind: one.channelKind,
        kind: one.kind,
        event: one.event,
        at: item.at,
        not_before: dueOf(one.kind, about.colour, item.at, time_zone),
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

const nowhere: Reachable = { email: false, phone: false };
const outsideKinds: readonly string[] = [
  'alert_to_acknowledge',
  'alert_to_review',
  'alert_to_know',
  'alert_step_overdue',
];
const isOutside = (kind: string): kind is OutsideKind => outsideKinds.includes(kind);

export async function listOpenChannels(trx: WorkerTransaction, schoolId: number) {
  const rows = await trx
    .selectFrom('channels')
    .select(['id', 'kind'])
    .where('school_id', '=', schoolId)
    .where('enabled', '=', true)
    .orderBy('created_at')
    .execute();
  return rows.map(({ id, kind }) => ({ id, kind: kind as ChannelKind }));
}

/** Where people are reached. One that is not proven yet is better than none. */
export async function listPoints(
  trx: WorkerTransaction,
  schoolId: number,
  people: readonly string[],
): Promise<ReadonlyMap<string, Reachable>> {
  if (people.length === 0) return new Map();
  const rows = await trx
    .selectFrom('contact_points')
    .select(['person_id', 'kind'])
    .where('school_id', '=', schoolId)
    .where('person_id', 'in', [...people])
    .execute();
  const points = new Map<string, Reachable>();
  for (const { person_id, kind } of rows)
    points.set(person_id, { ...(points.get(person_id) ?? nowhere), [kind]: true });
  return points;
}

async function listOutside(trx: WorkerTransaction, schoolId: number) {
  const rows = await trx
    .selectFrom('outside_contacts')
    .select(['id', 'phone', 'email'])
    .where('school_id', '=', schoolId)
    .where('ended_at', 'is', null)
    .orderBy('position')
    .execute();
  return rows.map(({ id, phone, email }) => ({
    id,
    reachable: { phone: phone !== null, email: email !== null },
  }));
}
