import { error } from '@sveltejs/kit';
import { find, send } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { Drill } from '#lib/api/shapes.ts';
import type { Action, Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  event.depends('shaodian:drill');
  const drill = await find<Drill>(event, `/drills/${event.params.drill}`);
  if (!drill) error(404, '');
  return {
    drill,
    started: event.url.searchParams.has('started'),
    keys: { answer: crypto.randomUUID(), stop: crypto.randomUUID() },
  };
};

const actOf =
  (act: 'answer' | 'stop'): Action =>
  async (event) => {
    const form = await event.request.formData();
    const path = `/drills/${event.params.drill}/${act}`;
    const sent = await send(event, 'POST', path, {}, textOf(form, 'idempotencyKey'));
    return sent.ok ? { done: act } : refused(sent.problem, {}, event);
  };

export const actions = { answer: actOf('answer'), stop: actOf('stop') } satisfies Actions;
