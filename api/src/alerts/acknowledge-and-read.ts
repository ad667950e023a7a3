import type { OnceRequest } from '../http/once.ts';
import { Refusal } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { acknowledgeAlert } from './acknowledge-alert.ts';
import { readAlert } from './alerts.reads.ts';
import type { AcknowledgementInput } from './alerts.schemas.ts';

/**
 * Acknowledges an alert and reads it as it is then. Whoever comes second is shown it too, and a refusal rolls back what it recorded: so it is
 * read once more, and the audit keeps that it was, before it is answered.
 * @throws Refusal resource.not-found, alert.not-on-duty, alert.already-acknowledged (with the current copy)
 */
export async function acknowledgeAndRead(
  deps: Parameters<typeof acknowledgeAlert>[0],
  actor: Actor,
  alertId: string,
  input: AcknowledgementInput,
  request: OnceRequest,
) {
  try {
    await acknowledgeAlert(deps, actor, alertId, input, request);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'alert.already-acknowledged')
      await readAlert(deps, actor, alertId);
    throw error;
  }
  return readAlert(deps, actor, alertId);
}
