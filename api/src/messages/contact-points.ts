import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import { messageWords } from '../channels/message-words.ts';
import { sendThrough } from '../channels/send-through.ts';
import { recordAct } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { openConfig } from './channel-secrets.ts';
import type { ContactPointInput } from './messages.schemas.ts';

type PointDeps = Pick<Deps, 'db' | 'master' | 'newId' | 'outside'>;

/** Where I am reached outside the program. */
export function listContactPoints(deps: PointDeps, actor: Actor) {
  return deps.db.asActor(actor, async (trx) => {
    const rows = await trx
      .selectFrom('contact_points')
      .select(['id', 'kind', 'address', 'proven_at'])
      .where('school_id', '=', actor.schoolId)
      .where('person_id', '=', actor.personId)
      .orderBy('kind')
      .execute();
    return {
      items: rows.map((row) => ({
        id: row.id,
        kind: row.kind as 'email' | 'phone',
        address: row.address,
        provenAt: row.proven_at?.toISOString() ?? null,
      })),
    };
  });
}

/**
 * Says where I am reached, in the place of what was there, and sends a code that proves it. Without a channel that reaches it the address is kept,
 * unproven.
 * @throws Refusal resource.not-found for who is no member of staff
 */
export async function setContactPoint(
  deps: PointDeps,
  actor: Actor,
  { kind, address }: ContactPointInput,
  request: OnceRequest,
) {
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  const set = await once(deps.db, actor, request, async (trx) => {
    const staff = await trx
      .selectFrom('staff')
      .select('id')
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', actor.personId)
      .executeTakeFirst();
    if (!staff) refuse('resource.not-found');
    const proof = {
      address,
      proof_sha256: hashOf(actor, code),
      proof_expires_at: sql<Date>`statement_timestamp() + interval '10 minutes'`,
      proof_attempts: 0,
      proven_at: null,
    };
    const row = await trx
      .insertInto('contact_points')
      .values({
        school_id: actor.schoolId,
        id: deps.newId(),
        person_id: actor.personId,
        kind,
        ...proof,
      })
      .onConflict((conflict) =>
        conflict.columns(['school_id', 'person_id', 'kind']).doUpdateSet(proof),
      )
      .returning('id')
      .executeTakeFirstOrThrow();
    recordAct(trx, { action: 'contact-point.set', resource: `contact-point:${row.id}` });
    return { id: row.id, made: deps.newId() };
  });
  return { id: set.id, codeSent: await sendCode(deps, actor, kind, address, code) };
}

/**
 * Proves by the code that was sent there that I am reached.
 * @throws Refusal resource.not-found, contact-point.code-wrong, also when it is too late or was tried too often
 */
export async function proveContactPoint(
  deps: PointDeps,
  actor: Actor,
  id: string,
  code: string,
  request: OnceRequest,
) {
  const outcome = await once(deps.db, actor, request, async (trx) => {
    const point = await trx
      .updateTable('contact_points')
      .set({ proof_attempts: sql<number>`proof_attempts + 1` })
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', id)
      .where('person_id', '=', actor.personId)
      .returning(['proof_sha256', 'proof_attempts'])
      .returning(sql<boolean>`proof_expires_at > statement_timestamp()`.as('in_time'))
      .executeTakeFirst();
    if (!point) return refuse('resource.not-found');
    const right =
      point.in_time &&
      point.proof_attempts <= 5 &&
      point.proof_sha256 !== null &&
      timingSafeEqual(point.proof_sha256, hashOf(actor, code));
    if (!right) return { id, right };
    await trx
      .updateTable('contact_points')
      .set({ proven_at: sql<Date>`statement_timestamp()`, proof_sha256: null })
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', id)
      .execute();
    recordAct(trx, { action: 'contact-point.proven', resource: `contact-point:${id}` });
    return { id, right };
  });
  // The attempt stays counted: a refusal inside would take it back.
  if (!outcome.right) refuse('contact-point.code-wrong');
  return { id };
}

/** @throws Refusal resource.not-found */
export function removeContactPoint(deps: PointDeps, actor: Actor, id: string) {
  return deps.db.asActor(actor, async (trx) => {
    const { numDeletedRows } = await trx
      .deleteFrom('contact_points')
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', id)
      .where('person_id', '=', actor.personId)
      .executeTakeFirst();
    if (numDeletedRows === 0n) refuse('resource.not-found');
    recordAct(trx, { action: 'contact-point.removed', resource: `contact-point:${id}` });
  });
}

const hashOf = (actor: Actor, code: string): Buffer =>
  createHash('sha256').update(`${actor.schoolId}/${actor.personId}/${code}`).digest();

/** Whether it went out. That it did not is told, and the address is kept. */
async function sendCode(
  deps: PointDeps,
  actor: Actor,
  kind: 'email' | 'phone',
  address: string,
  code: string,
): Promise<boolean> {
  const channelKind = kind === 'email' ? 'email' : 'ringing';
  const { rows } = await deps.db.asActor(actor, (trx) =>
    sql<{ id: string; kek_id: string; config: Buffer }>`
      select id, kek_id, config from sec.proving_channel(${channelKind})`.execute(trx),
  );
  const [row] = rows;
  if (!row) return false;
  const words = messageWords('proof', 'red', 'zh-CN');
  const message = {
    id: deps.newId(),
    to: address,
    title: words.title,
    text: `${words.text} ${code}`,
    link: null,
  };
  const { timeoutMs, allowPrivate } = deps.outside;
  const options = { now: () => new Date(), timeoutMs, allowPrivate };
  return sendThrough(openConfig(deps.master, actor.schoolId, row), message, options).then(
    () => true,
    () => false,
  );
}
