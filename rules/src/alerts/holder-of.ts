import type { Colour, HolderKey } from '../vocabulary.ts';
import type { AlertDecision } from './decision.ts';
import { defaultPolicy } from './default-policy.ts';
import type { Policy } from './policy.ts';

/**
 * Whom an alert is for: about school staff, or while the guardian is not told yet, counsellors; otherwise by its colour. Red rings the red list
 * all the same. Source: POLICY.md, "When the guardian is not told yet".
 *
 *     holderOf('blue', { counsellorOnly: false, guardianLocked: true })  // 'counsellor_on_duty'
 */
export function holderOf(
  colour: Colour,
  about: Pick<AlertDecision, 'counsellorOnly' | 'guardianLocked'>,
  policy: Policy = defaultPolicy,
): HolderKey {
  if (about.counsellorOnly) return 'counsellor_on_duty';
  return about.guardianLocked && colour !== 'red' ? 'counsellor_on_duty' : policy.holders[colour];
}
