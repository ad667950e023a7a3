import type { Deps } from '../deps.ts';
import type { Actor } from '../http/types.ts';
import { readOwnFactor } from './use-code.ts';

/** What a person may know of their own second factor. */
export function readSecondFactor(deps: Pick<Deps, 'db'>, actor: Actor) {
  return deps.db.asActor(actor, async (trx) => {
    const own = await readOwnFactor(trx);
    return {
      onSince: own.on_since?.toISOString() ?? null,
      recoveryCodesLeft: own.codes_left,
      required: own.required,
      offered: own.offered,
    };
  });
}
