import { textOf, textsOf } from '#lib/api/form.ts';
import { draftLimit, type Draft } from './draft.ts';

/** The drafts of a posted form, whose fields are named "0.pupilId", "0.indicators", "1.pupilId" … */
export function draftsOfForm(form: FormData): Draft[] {
  const count = Math.min(Number(textOf(form, 'count')) || 0, draftLimit);
  return Array.from({ length: count }, (_, index) => draftOfForm(form, index));
}

function draftOfForm(form: FormData, index: number): Draft {
  const text = (field: string): string => textOf(form, `${index}.${field}`);
  return {
    pupilId: text('pupilId'),
    indicators: [...new Set(textsOf(form, `${index}.indicators`))],
    conditionsMet: [...new Set(textsOf(form, `${index}.conditionsMet`))],
    veryWorried: text('veryWorried') === 'yes',
    knownBy: text('knownBy') as Draft['knownBy'],
    sinceWhen: text('sinceWhen') as Draft['sinceWhen'],
    howOften: text('howOften') as Draft['howOften'],
    aboutWhom: text('aboutWhom') as Draft['aboutWhom'],
    words: text('words'),
    observedOn: text('observedOn'),
  };
}
