import { assessmentOutcomes, contactWays, guardianWays } from '@shaodian/rules';
import type { AssessmentOutcome, ContactWay, GuardianWay, StepKind } from '@shaodian/rules';

/** How a step can be done; one button each. Steps without ways are simply done. */
export const waysOf: Readonly<
  Record<StepKind, readonly (ContactWay | GuardianWay | AssessmentOutcome)[]>
> = {
  acknowledge: [],
  see_evidence: [],
  mandatory_report: [],
  contact: contactWays,
  assessment: assessmentOutcomes,
  guardian: guardianWays,
  team: [],
};
