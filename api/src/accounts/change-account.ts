import { sql } from 'kysely';
import { handOverLeft } from '../alerts/hand-over-alerts.ts';
import { recordAct } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { assertSomebodyLeft, oneLossAtATime } from '../grants/somebody-left.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { assertAdministrator, getAccount } from './accounts.reads.ts';
import type { AccountChange } from './accounts.schemas.ts';

/**
 * Changes an account of somebody else. Disabling it ends its sessions, and so does the trigger, whoever disables; what its person holds
 * goes to the next holder.
 * @param version the one that was read; another gets the account as it is now
 * @throws Refusal action.not-allowed, resource.not-found, request.version-old, request.invalid, grant.nobody-left
 */
export function changeAccount(
  deps: Pick<Deps, 'db' | 'now' | 'newId'>,
  actor: Actor,
  id: string,
  version: number,
  change: AccountChange,
) {
  return deps.db.asActor(actor, async (trx) => {
    await assertAdministrator(trx);
    const now = await getAccount(trx, actor, id);
    if (id === actor.accountId) refuse('action.not-allowed');
    if ((now.kind === 'staff') !== (change.title !== null))
      refuse('request.invalid', {
        errors: [{ path: 'title', code: 'invalid_type', message: 'staff have one, pupils none' }],
      });
    await oneLossAtATime(trx, actor);
    const changed = await trx
      .updateTable('accounts')
      // Also where only the title changes: the version goes up with the row.
      .set({ disabled_at: change.disabled ? sql`coalesce(disabled_at, now())` : null })
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', id)
      .where('version', '=', Number.isNaN(version) ? 0 : version)
      .returning('person_id')
      .executeTakeFirst();
    if (!changed)
      return refuse('request.version-old', { current: await getAccount(trx, actor, id) });
    if (change.title !== null)
      await trx
        .updateTable('staff')
        .set({ title: change.title })
        .where('school_id', '=', actor.schoolId)
        .where('id', '=', changed.person_id)
        .execute();
    if (change.disabled && !now.disabled && now.kind === 'staff') {
      await assertSomebodyLeft(trx);
      await handOverLeft(deps, trx, actor.schoolId, changed.person_id);
    }
    recordAct(trx, { action: 'account.changed', resource: `account:${id}` });
    return getAccount(trx, actor, id);
  });
}
