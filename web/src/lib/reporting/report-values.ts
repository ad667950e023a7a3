import { textOf } from '#lib/api/form.ts';
import type { FormProblem } from '#lib/api/refused.ts';
import { draftLimit, emptyDraft, type Draft } from './draft.ts';
import { draftsOfForm } from './draft-of-form.ts';

/** Everything a report form holds, as it travels to the server and back. */
export interface ReportValues {
  kindness: string;
  /** The zero report is a choice of its own: '' until one of the two is chosen. */
  noticed: '' | 'nobody' | 'somebody';
  drafts: Draft[];
  /** They would like to talk themselves; never with an observation alone. */
  wantToTalk: boolean;
}

/** The answer of a step without scripts: the same values, on the same or the next step. */
export interface ReportStep {
  values: ReportValues;
  step: 'edit' | 'review';
  attempted: boolean;
  problem?: FormProblem;
}

export function reportValues(form: FormData): ReportValues {
  const noticed = textOf(form, 'noticed');
  return {
    kindness: textOf(form, 'kindness'),
    noticed: noticed === 'nobody' || noticed === 'somebody' ? noticed : '',
    drafts: draftsOfForm(form),
    wantToTalk: textOf(form, 'wantToTalk') === 'yes',
  };
}

/** The steps a form takes before it is sent, for a reader without scripts. */
export const stepsWithoutScripts = {
  edit: (values: ReportValues): ReportStep => ({ values, step: 'edit', attempted: false }),
  review: (values: ReportValues): ReportStep => ({ values, step: 'review', attempted: true }),
  add: (values: ReportValues, today: string): ReportStep => ({
    values: { ...values, drafts: [...values.drafts, emptyDraft(today)].slice(0, draftLimit) },
    step: 'edit',
    attempted: false,
  }),
};
