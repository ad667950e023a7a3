import { read, send } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { Cluster } from '#lib/api/shapes.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

export const load: PageServerLoad = async (event) => ({
  cluster: await read<Cluster>(event, `/clusters/${event.params.id}`),
  keys: { acknowledge: crypto.randomUUID(), meeting: crypto.randomUUID() },
});

async function record(event: RequestEvent, what: 'acknowledgement' | 'meeting') {
  const form = await event.request.formData();
  const path = `/clusters/${event.params.id}/${what}`;
  const sent = await send(event, 'POST', path, {}, textOf(form, 'idempotencyKey'));
  return sent.ok ? undefined : refused(sent.problem, {}, event);
}

export const actions: Actions = {
  acknowledge: (event) => record(event, 'acknowledgement'),
  meeting: (event) => record(event, 'meeting'),
};
