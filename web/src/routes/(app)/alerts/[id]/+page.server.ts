import { reasonsInWords } from '#lib/alerts/reasons-in-words.server.ts';
import { read, send } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { Alert } from '#lib/api/shapes.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  event.depends('shaodian:alerts');
  const alert = await read<Alert>(event, `/alerts/${event.params.id}`);
  return {
    alert,
    reasons: reasonsInWords(alert.reasons, event.locals.locale),
    keys: {
      acknowledge: crypto.randomUUID(),
      companion: crypto.randomUUID(),
      report: crypto.randomUUID(),
      propose: crypto.randomUUID(),
      decide: crypto.randomUUID(),
    },
    steps: Object.fromEntries(alert.clocks.map(({ step }) => [step, crypto.randomUUID()])),
  };
};

export const actions: Actions = {
  acknowledge: async (event) => {
    const form = await event.request.formData();
    const input = { nextStep: textOf(form, 'nextStep'), note: textOf(form, 'note').trim() };
    const path = `/alerts/${event.params.id}/acknowledgement`;
    const sent = await send(event, 'POST', path, input, textOf(form, 'idempotencyKey'));
    return sent.ok ? undefined : refused(sent.problem, { form: 'acknowledge' as const }, event);
  },
  step: async (event) => {
    const form = await event.request.formData();
    const [way, note] = [textOf(form, 'way'), textOf(form, 'note').trim()];
    const input = {
      step: textOf(form, 'step'),
      ...(way && { way }),
      ...(note && { note }),
    };
    const path = `/alerts/${event.params.id}/steps`;
    const sent = await send(event, 'POST', path, input, textOf(form, 'idempotencyKey'));
    return sent.ok ? undefined : refused(sent.problem, { form: 'step' as const }, event);
  },
  report: async (event) => {
    const form = await event.request.formData();
    const input = { receipt: textOf(form, 'receipt') };
    const path = `/alerts/${event.params.id}/mandatory-report`;
    const sent = await send(event, 'POST', path, input, textOf(form, 'idempotencyKey'));
    return sent.ok ? undefined : refused(sent.problem, { form: 'report' as const }, event);
  },
  propose: async (event) => {
    const form = await event.request.formData();
    const act = textOf(form, 'act');
    const input = {
      act,
      ...(act === 'close' && { outcome: textOf(form, 'outcome') }),
      ...(act === 'lower' && { colour: textOf(form, 'colour') }),
      reason: textOf(form, 'reason'),
      ...(act !== 'clear_guardian' && { raiseAgain: textOf(form, 'raiseAgain') }),
    };
    const path = `/alerts/${event.params.id}/proposals`;
    const key = textOf(form, 'idempotencyKey');
    const sent = await send<{ state: 'open' | 'agreed' }>(event, 'POST', path, input, key);
    if (!sent.ok) return refused(sent.problem, { form: 'propose' as const }, event);
    return { done: sent.data.state === 'open' ? ('proposed' as const) : ('done' as const) };
  },
  decide: async (event) => {
    const form = await event.request.formData();
    const act = textOf(form, 'act');
    const id = encodeURIComponent(textOf(form, 'proposal'));
    const [path, input] =
      act === 'withdraw'
        ? [`/proposals/${id}/withdrawal`, {}]
        : [`/proposals/${id}/decision`, { agree: act === 'agree' }];
    const sent = await send(event, 'POST', path, input, textOf(form, 'idempotencyKey'));
    if (!sent.ok) return refused(sent.problem, { form: 'decide' as const }, event);
    return { done: 'decided' as const };
  },
  companion: async (event) => {
    const form = await event.request.formData();
    const path = `/alerts/${event.params.id}/companions`;
    const sent = await send(event, 'POST', path, {}, textOf(form, 'idempotencyKey'));
    return sent.ok ? undefined : refused(sent.problem, { form: 'acknowledge' as const }, event);
  },
};
