import { send, type ApiEvent, type Sent } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';

/** Gives the password again where `StepUp.svelte` brought one in this form, and then does the act; `refused` tells the dialog the rest. */
export async function withPasswordAgain<Answer>(
  event: ApiEvent,
  form: FormData,
  act: () => Promise<Sent<Answer>>,
): Promise<Sent<Answer>> {
  const [password, purpose] = [textOf(form, 'stepUpPassword'), textOf(form, 'stepUpPurpose')];
  if (password !== '') {
    const code = textOf(form, 'stepUpCode').trim();
    const proof = { password, purpose, ...(code === '' ? {} : { code }) };
    const given = await send(event, 'POST', '/session/step-up', proof);
    if (!given.ok)
      return { ok: false, problem: { ...given.problem, stepUp: { given: true, purpose } } };
  }
  const sent = await act();
  if (sent.ok || sent.problem.code !== 'session.step-up-required') return sent;
  return { ok: false, problem: { ...sent.problem, stepUp: { given: false, purpose } } };
}
