import { clockKeys, colours } from '../vocabulary.ts';
import type { Change, OpenAlertState } from './attach.ts';
import type { AlertDecision } from './decision.ts';
import { defaultPolicy } from './default-policy.ts';
import type { Policy } from './policy.ts';

/**
 * R10: a pupil asks for help for themselves. Not judged from signs, and for counsellors alone. Source: product.md, R10; numbers in POLICY.md.
 * @param today `YYYY-MM-DD` at the school
 * @example
 * askedForHelp('2026-11-24') // → { colour: 'blue', tier: 'school', clock: 'help', counsellorOnly: true, … }
 */
export function askedForHelp(today: string, policy: Policy = defaultPolicy): AlertDecision {
  const { colour, tier, clock, holder } = policy.askedForHelp;
  return {
    outcome: 'alert',
    policyVersion: policy.version,
    colour,
    tier,
    reasons: [
      {
        rule: 'R10',
        colour,
        tier,
        codes: [],
        dates: [today],
        observationIds: [],
        sourceKinds: ['pupil'],
        immediate: false,
      },
    ],
    clock,
    holder,
    informed: policy.informed[clock],
    counsellorOnly: true,
    guardianLocked: false,
    mandatoryReport: false,
    whatWouldLower: [],
  };
}

/**
 * What asking does to the alert that counsellors alone have open on the pupil: it lowers nothing, and asks again for an answer, unless a clock
 * that is at least as short waits for one already.
 * @param open that alert, or undefined when there is none
 * @example
 * attachHelp({ colour: 'orange', tier: 'school', clock: 'orange', acknowledged: true }, askedForHelp('2026-11-24'))
 * // → { event: 'evidence_attached', colour: 'orange', tier: 'school', restart: { clock: 'help', holder: 'counsellor_on_duty' } }
 */
export function attachHelp(
  open: OpenAlertState | undefined,
  { colour, tier, clock, holder }: AlertDecision,
): Change {
  const restart = { clock, holder };
  if (!open) return { event: 'raised', colour, tier, restart };
  const waits = !open.acknowledged && clockKeys.indexOf(open.clock) <= clockKeys.indexOf(clock);
  return {
    event: 'evidence_attached',
    colour: colours.indexOf(open.colour) > colours.indexOf(colour) ? open.colour : colour,
    // Nothing is above the school.
    tier,
    restart: waits ? null : restart,
  };
}
