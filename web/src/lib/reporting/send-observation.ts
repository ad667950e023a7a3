import { fail } from '@sveltejs/kit';
import { send, type ApiEvent } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { formProblem } from '#lib/api/refused.ts';
import type { ObservationSent } from '#lib/api/shapes.ts';
import type { Locale } from '#lib/locale.ts';
import { inputOf } from './draft.ts';
import { reportValues, type ReportStep } from './report-values.ts';

/** Sends the one observation of a form; a refusal comes ready to be answered to the form. */
export async function sendObservation(
  event: ApiEvent & { locals: { locale: Locale } },
  form: FormData,
) {
  const values = reportValues(form);
  const [draft] = values.drafts;
  const sent = await send<ObservationSent>(
    event,
    'POST',
    '/observations',
    draft && inputOf(draft),
    textOf(form, 'idempotencyKey'),
  );
  if (sent.ok) return sent;
  const problem = await formProblem(sent.problem, event);
  const step: ReportStep = { values, step: 'edit', attempted: true, problem };
  return { ok: false as const, failure: fail(sent.problem.status, step) };
}
