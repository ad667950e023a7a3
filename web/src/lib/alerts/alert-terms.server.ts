import { findIndicator, type RuleId } from '@shaodian/rules';
import { rulesWords } from '@shaodian/rules/words';
import type { AlertDetail, Colour } from '#lib/api/shapes.ts';
import type { Locale } from '#lib/locale.ts';

export interface ReasonInWords {
  sentence: string;
  signs: string[];
  weeks: string[];
}

/** A sign in the reader's language; its bare code if this version does not know it. */
export function signInWords(code: string, locale: Locale): string {
  const indicator = findIndicator(code);
  if (!indicator) return code;
  return locale === 'en' ? indicator.en : indicator.zh;
}

export function reasonsInWords(reasons: AlertDetail['reasons'], locale: Locale): ReasonInWords[] {
  return reasons.map(({ rule, codes, weeks }) => ({
    sentence: rulesWords[locale].rules[rule as RuleId],
    signs: codes.map((code) => signInWords(code, locale)),
    weeks,
  }));
}

/** What the adult who holds an alert of this colour does now. */
export function whatToDo(colour: Colour, locale: Locale): readonly string[] {
  return rulesWords[locale].whatToDo[colour];
}
