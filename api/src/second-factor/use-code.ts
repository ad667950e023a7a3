import { sql } from 'kysely';
import { unseal } from '../crypto/seal.ts';
import type { Place } from '../crypto/seal.ts';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { recoveryCodeHash } from './recovery-codes.ts';
import { findStep } from './totp.ts';

type Whose = { readonly schoolId: number };

export const secretPlace = (factorId: string, { schoolId }: Whose): Place => ({
  table: 'second_factors',
  column: 'secret',
  row: factorId,
  schoolId,
});

/** The own secret, opened: the one in use, or the one that is being set up. */
export async function findSecret(
  deps: Pick<Deps, 'master'>,
  trx: ActorTransaction,
  actor: Whose,
  which: 'in use' | 'being set up',
): Promise<{ readonly id: string; readonly secret: Uint8Array } | undefined> {
  const found = await sql<{ id: string; kek_id: string; secret: Buffer }>`
    select * from sec.find_factor(${which === 'being set up'})`.execute(trx);
  const row = found.rows[0];
  if (!row) return undefined;
  const kek = deps.master.kekById(actor.schoolId, row.kek_id);
  return { id: row.id, secret: unseal(row.secret, kek, secretPlace(row.id, actor)) };
}

/** Takes a code of the person who asks, from the app or a recovery code. Each is taken once: what rolls back was not taken. */
export async function isCodeTaken(
  deps: Pick<Deps, 'master'>,
  trx: ActorTransaction,
  actor: Whose,
  code: string,
): Promise<boolean> {
  const hash = recoveryCodeHash(code);
  if (hash) {
    const used = await sql<{ taken: boolean }>`
      select sec.use_recovery_code(${hash}) as taken`.execute(trx);
    if (!used.rows[0]?.taken) return false;
    recordAct(trx, { action: 'second-factor.recovery-code-used' });
    return true;
  }
  const factor = await findSecret(deps, trx, actor, 'in use');
  const step = factor && findStep(factor.secret, code.replaceAll(/\s/g, ''), Date.now());
  if (!factor || step === null || step === undefined) return false;
  const used = await sql<{ taken: boolean }>`
    select sec.use_factor(${factor.id}, ${step}) as taken`.execute(trx);
  return used.rows[0]?.taken === true;
}

export interface OwnFactor {
  readonly on_since: Date | null;
  readonly codes_left: number;
  readonly required: boolean;
  readonly offered: boolean;
}

/** What the person who asks may know of their own second factor. */
export async function readOwnFactor(trx: ActorTransaction): Promise<OwnFactor> {
  const found = await sql<OwnFactor>`select * from sec.own_factor()`.execute(trx);
  return found.rows[0] as OwnFactor;
}
