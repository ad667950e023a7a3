import { fail, type ActionFailure } from '@sveltejs/kit';
import type { Locale } from '#lib/locale.ts';
import { loadWords, type Words } from '#lib/words/index.ts';
import type { SentProblem, StepUpAsked } from './client.ts';

/** What a form shows after a refusal: one sentence, and one for each field that is at fault. */
export interface FormProblem {
  message: string;
  /** Messages by the path of the API field, such as `observations.0.pupilId`. */
  fields: Record<string, string>;
  /** The StepUp dialog of the form is to open. */
  stepUp?: StepUpAsked | undefined;
}

interface Reader {
  locals: { locale: Locale };
}

/** A refusal in the reader's language. The faults that a schema finds come in English with a code. */
export async function formProblem(problem: SentProblem, { locals }: Reader): Promise<FormProblem> {
  const words = await loadWords(locals.locale);
  const fields: Record<string, string> = {};
  for (const { path, code, message } of problem.errors ?? []) {
    fields[path] ??= isSchemaFault(code, words) ? words.ui.fieldFaults[code] : message;
  }
  const { title, retryAfterSeconds: wait } = problem;
  const minutes = wait && words.ui.inAbout(words.dates.minutes(Math.ceil(wait / 60)));
  const message = `${title || words.errors.text[503]}${minutes ?? ''}`;
  return { message, fields, stepUp: problem.stepUp };
}

/** Answers a form with a refusal and gives the typed values back, so that nothing is lost. */
export async function refused<Values>(
  problem: SentProblem,
  values: Values,
  reader: Reader,
): Promise<ActionFailure<{ problem: FormProblem; values: Values }>> {
  return fail(problem.status, { problem: await formProblem(problem, reader), values });
}

const isSchemaFault = (code: string, words: Words): code is keyof Words['ui']['fieldFaults'] =>
  Object.hasOwn(words.ui.fieldFaults, code);
