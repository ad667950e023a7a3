import { describeIndicator } from '@shaodian/rules/words';
import type { Alert } from '#lib/api/shapes.ts';
import type { Locale } from '#lib/locale.ts';

/** A reason with its signs in the reader's language. */
export type ReasonInWords = Pick<Alert['reasons'][number], 'rule' | 'weeks'> & {
  signs: string[];
};

export function reasonsInWords(reasons: Alert['reasons'], locale: Locale): ReasonInWords[] {
  return reasons.map(({ rule, codes, weeks }) => ({
    rule,
    weeks,
    signs: codes.map((code) => describeIndicator(code, locale)),
  }));
}
