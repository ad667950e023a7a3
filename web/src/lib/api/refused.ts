import { fail, type ActionFailure } from '@sveltejs/kit';
import type { Problem } from './shapes.ts';

/** What a form shows after a refusal: one sentence, and one for each field that is at fault. */
export interface FormProblem {
  code: string;
  message: string;
  /** Messages by the path of the API field, such as `observations.0.pupilId`. */
  fields: Record<string, string>;
}

export function formProblem(problem: Problem): FormProblem {
  const fields: Record<string, string> = {};
  for (const { path, message } of problem.errors ?? []) fields[path] ??= message;
  return { code: problem.code, message: problem.title, fields };
}

/** Answers a form with a refusal and gives the typed values back, so that nothing is lost. */
export function refused<Values>(
  problem: Problem,
  values: Values,
): ActionFailure<{ problem: FormProblem; values: Values }> {
  return fail(problem.status, { problem: formProblem(problem), values });
}
