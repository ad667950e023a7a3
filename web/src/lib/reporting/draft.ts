import type { AboutWhom, HowOften, KnownBy, SinceWhen } from '@shaodian/rules';
import type { ObservationInput } from '#lib/api/shapes.ts';

/** One pupil's part of a form while it is being filled in: what is not chosen yet is ''. */
export interface Draft {
  pupilId: string;
  indicators: string[];
  /** Those of the signs whose further question is ticked. */
  conditionsMet: string[];
  veryWorried: boolean;
  knownBy: KnownBy | '';
  sinceWhen: SinceWhen | '';
  howOften: HowOften | '';
  aboutWhom: AboutWhom | '';
  words: string;
  observedOn: string;
}

/** A sign as the form offers it, in the reader's language. */
export interface Sign {
  code: string;
  text: string;
  emergency: boolean;
  asksAboutWhom: boolean;
  /** What the form asks beside it, a box to tick. */
  condition: string | null;
}

export interface SignGroup {
  domain: string;
  label: string;
  signs: Sign[];
}

export interface Classmate {
  id: string;
  name: string;
  /** The letter under which the surname is listed, A to Z or '#'. */
  initial: string;
}

export const draftLimit = 5;
export const wordsLimit = 300;

export function emptyDraft(today: string): Draft {
  return {
    pupilId: '',
    indicators: [],
    conditionsMet: [],
    veryWorried: false,
    knownBy: '',
    sinceWhen: '',
    howOften: '',
    aboutWhom: '',
    words: '',
    observedOn: today,
  };
}

export function asksAboutWhom(draft: Draft, groups: readonly SignGroup[]): boolean {
  const asking = groups.flatMap(({ signs }) => signs.filter((sign) => sign.asksAboutWhom));
  return asking.some(({ code }) => draft.indicators.includes(code));
}

export type DraftField = Exclude<keyof Draft, 'conditionsMet' | 'veryWorried' | 'words'>;

/** The questions of a draft that still wait for an answer, in the order they are asked. */
export function missingIn(draft: Draft, groups: readonly SignGroup[]): DraftField[] {
  const asked: DraftField[] = ['pupilId', 'knownBy', 'sinceWhen', 'howOften'];
  if (!draft.veryWorried) asked.push('indicators');
  if (asksAboutWhom(draft, groups)) asked.push('aboutWhom');
  asked.push('observedOn');
  return asked.filter((field) => draft[field].length === 0);
}

/** What is sent. The API checks every value again, so an unanswered question is refused there. */
export function inputOf(draft: Draft): ObservationInput {
  return {
    ...draft,
    indicators: draft.indicators as ObservationInput['indicators'],
    // A sign that was taken back takes its question with it.
    conditionsMet: draft.conditionsMet.filter((code) =>
      draft.indicators.includes(code),
    ) as NonNullable<ObservationInput['conditionsMet']>,
    knownBy: draft.knownBy as KnownBy,
    sinceWhen: draft.sinceWhen as SinceWhen,
    howOften: draft.howOften as HowOften,
    aboutWhom: draft.aboutWhom || null,
    words: draft.words.trim(),
  };
}
