import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import type { OutsideContactInput } from './outside-contacts.schemas.ts';

/** Whom an alert reaches when nobody at school answers. @throws Refusal action.not-allowed */
export function listOutsideContacts(deps: Pick<Deps, 'db'>, actor: Actor) {
  return deps.db.asActor(actor, async (trx) => {
    const rights = await readRights(trx);
    if (!rights.reads) refuse('action.not-allowed');
    const items = await trx
      .selectFrom('outside_contacts')
      .select(['id', 'name', 'phone', 'email'])
      .where('school_id', '=', actor.schoolId)
      .where('ended_at', 'is', null)
      .orderBy('position')
      .orderBy('added_at')
      .execute();
    return { items, mayChange: rights.changes };
  });
}

/** Names one more, after those there are. @throws Refusal action.not-allowed, outside-contact.too-many */
export function addOutsideContact(
  deps: Pick<Deps, 'db' | 'newId'>,
  actor: Actor,
  input: OutsideContactInput,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    if (!(await readRights(trx)).changes) refuse('action.not-allowed');
    const { last } = await trx
      .selectFrom('outside_contacts')
      .select((eb) => eb.fn.max('position').as('last'))
      .where('school_id', '=', actor.schoolId)
      .where('ended_at', 'is', null)
      .executeTakeFirstOrThrow();
    const position = (last ?? 0) + 1;
    if (position > 20) refuse('outside-contact.too-many');
    const id = deps.newId();
    await trx
      .insertInto('outside_contacts')
      .values({ school_id: actor.schoolId, id, position, ...input, added_by: actor.personId })
      .execute();
    recordAct(trx, { action: 'outside-contact.added', resource: `outside-contact:${id}` });
    return { id };
  });
}

/** @throws Refusal action.not-allowed, resource.not-found, outside-contact.last */
export function endOutsideContact(
  deps: Pick<Deps, 'db'>,
  actor: Actor,
  contactId: string,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    if (!(await readRights(trx)).changes) refuse('action.not-allowed');
    const all = await trx
      .selectFrom('outside_contacts')
      .select('id')
      .where('school_id', '=', actor.schoolId)
      .where('ended_at', 'is', null)
      .forUpdate()
      .execute();
    if (!all.some(({ id }) => id === contactId)) refuse('resource.not-found');
    // The contact outside is never absent: another is named first.
    if (all.length === 1) refuse('outside-contact.last');
    await trx
      .updateTable('outside_contacts')
      .set({ ended_at: sql<Date>`statement_timestamp()`, ended_by: actor.personId })
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', contactId)
      .execute();
    recordAct(trx, { action: 'outside-contact.ended', resource: `outside-contact:${contactId}` });
    return { id: contactId };
  });
}

async function readRights(trx: ActorTransaction): Promise<{ reads: boolean; changes: boolean }> {
  const { rows } = await sql<{ reads: boolean; changes: boolean }>`select
    sec.has_role('counsellor', 'lead_counsellor', 'school_leader', 'administrator', 'data_protection_officer') as reads,
    sec.has_role('lead_counsellor', 'school_leader', 'administrator') as changes`.execute(trx);
  return rows[0] ?? { reads: false, changes: false };
}
