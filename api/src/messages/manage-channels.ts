import { sql } from 'kysely';
import { ChannelFault } from '../channels/channel.ts';
import type { ChannelFaultCode, ChannelKind } from '../channels/channel.ts';
import { messageWords } from '../channels/message-words.ts';
import { sendThrough } from '../channels/send-through.ts';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { openConfig, sealConfig } from './channel-secrets.ts';
import type { ChannelChange, ChannelInput } from './messages.schemas.ts';

type ChannelDeps = Pick<Deps, 'db' | 'master' | 'newId' | 'outside'>;

/** @throws Refusal action.not-allowed */
export function listChannels(deps: ChannelDeps, actor: Actor) {
  return deps.db.asActor(actor, async (trx) => {
    await assertKeeper(trx);
    return { items: await readChannels(deps, trx, actor) };
  });
}

/** @throws Refusal action.not-allowed, channel.too-many */
export function addChannel(
  deps: ChannelDeps,
  actor: Actor,
  { name, config }: ChannelInput,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    await assertKeeper(trx);
    const { n } = await trx
      .selectFrom('channels')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where('school_id', '=', actor.schoolId)
      .executeTakeFirstOrThrow();
    if (Number(n) >= 50) refuse('channel.too-many');
    const id = deps.newId();
    await trx
      .insertInto('channels')
      .values({
        school_id: actor.schoolId,
        id,
        kind: config.kind,
        name,
        ...sealConfig(deps.master, actor.schoolId, id, config),
        created_by: actor.personId,
      })
      .execute();
    recordAct(trx, { action: 'channel.added', resource: `channel:${id}` });
    return { id };
  });
}

/** @throws Refusal action.not-allowed, resource.not-found, request.version-old */
export function changeChannel(
  deps: ChannelDeps,
  actor: Actor,
  id: string,
  version: number,
  change: ChannelChange,
) {
  return deps.db.asActor(actor, async (trx) => {
    await assertKeeper(trx);
    const found = async () => (await readChannels(deps, trx, actor)).find((one) => one.id === id);
    const now = (await found()) ?? refuse('resource.not-found');
    const { numUpdatedRows } = await trx
      .updateTable('channels')
      .set({ ...change, version: sql<number>`version + 1` })
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', id)
      .where('version', '=', Number.isNaN(version) ? 0 : version)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) refuse('request.version-old', { current: now });
    recordAct(trx, { action: 'channel.changed', resource: `channel:${id}` });
    return (await found()) ?? refuse('resource.not-found');
  });
}

/**
 * Sends a test message now and says what came of it. Nothing is held while the other side is waited for.
 * @throws Refusal action.not-allowed, resource.not-found
 */
export async function testChannel(
  deps: ChannelDeps,
  actor: Actor,
  id: string,
  to: string | null,
  request: OnceRequest,
) {
  const config = await deps.db.asActor(actor, async (trx) => {
    await assertKeeper(trx);
    const row = await trx
      .selectFrom('channels')
      .select(['id', 'kek_id', 'config'])
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', id)
      .executeTakeFirst();
    return openConfig(deps.master, actor.schoolId, row ?? refuse('resource.not-found'));
  });
  // A repeat gets the stored answer, and sends nothing.
  const claimed = await once(deps.db, actor, request, () =>
    Promise.resolve({ test: deps.newId() }),
  );
  const message = { id: claimed.test, to, ...messageWords('test', 'red', 'zh-CN'), link: null };
  const { timeoutMs, allowPrivate } = deps.outside;
  const options = { now: () => new Date(), timeoutMs, allowPrivate };
  const fault = await sendThrough(config, message, options).then(
    ({ state }) => state,
    (error: unknown) => (error instanceof ChannelFault ? error : Promise.reject(error as Error)),
  );
  const code = fault instanceof ChannelFault ? fault.code : null;
  await deps.db.asActor(actor, async (trx) => {
    await trx
      .updateTable('channels')
      .set(
        code
          ? { last_fault: code, last_fault_at: sql<Date>`statement_timestamp()` }
          : { last_ok_at: sql<Date>`statement_timestamp()` },
      )
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', id)
      .execute();
    recordAct(trx, { action: 'channel.tested', resource: `channel:${id}` });
  });
  return {
    state: fault instanceof ChannelFault ? ('failed' as const) : fault,
    fault: code,
  };
}

/** Those who keep the channels: they see no wellbeing content through them. */
async function assertKeeper(trx: ActorTransaction): Promise<void> {
  const { rows } = await sql<{
    keeps: boolean;
  }>`select sec.has_role('administrator', 'lead_counsellor') as keeps`.execute(trx);
  if (!rows[0]?.keeps) refuse('action.not-allowed');
}

async function readChannels(deps: ChannelDeps, trx: ActorTransaction, actor: Actor) {
  const rows = await trx
    .selectFrom('channels as c')
    .select([
      'c.id',
      'c.kind',
      'c.name',
      'c.enabled',
      'c.kek_id',
      'c.config',
      'c.last_ok_at',
      'c.last_fault',
      'c.last_fault_at',
      'c.version',
    ])
    .select((eb) =>
      eb
        .selectFrom('messages as m')
        .select((count) => count.fn.countAll<number>().as('n'))
        .whereRef('m.school_id', '=', 'c.school_id')
        .whereRef('m.channel_id', '=', 'c.id')
        .where('m.state', '=', 'failed')
        .where('m.next_at', '>', sql<Date>`statement_timestamp() - interval '7 days'`)
        .as('failed'),
    )
    .where('c.school_id', '=', actor.schoolId)
    .orderBy('c.created_at')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind as ChannelKind,
    name: row.name,
    enabled: row.enabled,
    reaches: hostOf(deps, actor, row),
    lastOkAt: row.last_ok_at?.toISOString() ?? null,
    lastFault: row.last_fault as ChannelFaultCode | null,
    lastFaultAt: row.last_fault_at?.toISOString() ?? null,
    failed: Number(row.failed ?? 0),
    version: row.version,
  }));
}

function hostOf(
  deps: ChannelDeps,
  actor: Actor,
  row: { readonly id: string; readonly kek_id: string; readonly config: Buffer },
): string {
  const config = openConfig(deps.master, actor.schoolId, row);
  return config.kind === 'email' ? config.host : new URL(config.url).host;
}
