import { sql } from 'kysely';
import type { ActorTransaction, Database } from '../db/database.ts';
import { refuse } from './refusals.ts';
import { sha256 } from './session.ts';
import type { Actor, ApiContext } from './types.ts';

/** One creating request, as it can be recognised when it is sent again. */
export interface OnceRequest {
  readonly key: string;
  readonly route: string;
  readonly payloadSha256: Buffer;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** @throws Refusal idempotency.key-missing */
export async function onceOf(c: ApiContext): Promise<OnceRequest> {
  const key = c.req.header('idempotency-key') ?? '';
  if (!uuid.test(key)) refuse('idempotency.key-missing');
  // The name of an uploaded file comes in the query: it is part of what was asked.
  const query = Buffer.from(`${new URL(c.req.url).search}\n`);
  const body = new Uint8Array(await c.req.arrayBuffer());
  return {
    key: key.toLowerCase(),
    route: `${c.req.method} ${c.req.path}`,
    payloadSha256: sha256(Buffer.concat([query, body])),
  };
}

/**
 * Runs `work` in one transaction as the actor, once for each Idempotency-Key: a repeat gets the stored answer.
 * The answer is stored beside the effects, so it must hold ids and states only, never words.
 * @throws Refusal idempotency.payload-differs, idempotency.in-progress
 */
export function once<T extends object>(
  db: Database,
  actor: Actor,
  request: OnceRequest,
  work: (trx: ActorTransaction) => Promise<T>,
): Promise<T> {
  return db.asActor(actor, async (trx) => {
    const name = `${actor.schoolId}/${actor.personId}/${request.key}`;
    const lock = await sql<{
      free: boolean;
    }>`select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as free`.execute(trx);
    if (!lock.rows[0]?.free) refuse('idempotency.in-progress');
    const stored = await trx
      .selectFrom('idempotency_records')
      .select(['answer', 'payload_sha256', 'route'])
      .where('school_id', '=', actor.schoolId)
      .where('mark', '=', actor.mark)
      .where('key', '=', request.key)
      .executeTakeFirst();
    if (stored) {
      const same =
        stored.route === request.route && stored.payload_sha256.equals(request.payloadSha256);
      return same ? (stored.answer as unknown as T) : refuse('idempotency.payload-differs');
    }
    const answer = await work(trx);
    await trx
      .insertInto('idempotency_records')
      .values({
        school_id: actor.schoolId,
        mark: actor.mark,
        key: request.key,
        route: request.route,
        payload_sha256: request.payloadSha256,
        status: 201,
        answer: answer as never,
      })
      .execute();
    return answer;
  });
}
