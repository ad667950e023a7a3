import { redirect } from '@sveltejs/kit';
import { send } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { HelpAsked } from '#lib/api/shapes.ts';
import { loadAskingWords } from '#lib/words/index.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ url, locals }) => ({
  asking: await loadAskingWords(locals.locale),
  asked: url.searchParams.has('asked'),
  idempotencyKey: crypto.randomUUID(),
});

export const actions: Actions = {
  default: async (event) => {
    const key = textOf(await event.request.formData(), 'idempotencyKey');
    const sent = await send<HelpAsked>(event, 'POST', '/help-requests', {}, key);
    if (!sent.ok) return refused(sent.problem, {}, event);
    redirect(303, '/report/help?asked');
  },
};
