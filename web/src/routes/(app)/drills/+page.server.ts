import { redirect } from '@sveltejs/kit';
import { read, send } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { DrillList } from '#lib/api/shapes.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => ({
  drills: await read<DrillList>(event, '/drills'),
  idempotencyKey: crypto.randomUUID(),
});

export const actions: Actions = {
  start: async (event) => {
    const form = await event.request.formData();
    const body = {
      everyMinutes: Number(textOf(form, 'everyMinutes')),
      withOutside: textOf(form, 'withOutside') !== '',
    };
    const key = textOf(form, 'idempotencyKey');
    const sent = await send<{ id: string }>(event, 'POST', '/drills', body, key);
    if (!sent.ok) return refused(sent.problem, {}, event);
    redirect(303, `/drills/${sent.data.id}?started=1`);
  },
};
