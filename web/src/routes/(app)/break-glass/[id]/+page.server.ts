import { read, send } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { Glass } from '#lib/api/shapes.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => ({
  glass: await read<Glass>(event, `/break-glass/${event.params.id}`),
  idempotencyKey: crypto.randomUUID(),
});

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData();
    const input = { verdict: textOf(form, 'verdict'), note: textOf(form, 'note') };
    const path = `/break-glass/${event.params.id}/reviews`;
    const sent = await send(event, 'POST', path, input, textOf(form, 'idempotencyKey'));
    return sent.ok ? { reviewed: true } : refused(sent.problem, input, event);
  },
};
