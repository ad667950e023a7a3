import { redirect } from '@sveltejs/kit';
import { read, send } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { Alert } from '#lib/api/shapes.ts';
import { withPasswordAgain } from '#lib/entry/step-up.ts';
import type { Actions, PageServerLoad } from './$types';

const readAlert = (event: Parameters<typeof read>[0], id: string) =>
  read<Alert>(event, `/alerts/${id}`);

export const load: PageServerLoad = async (event) => {
  const alert = await readAlert(event, event.params.id);
  // Nothing is closed to this reader, or not any more.
  if (!alert.reasonsClosed) redirect(303, `/alerts/${alert.id}`);
  return { alert, idempotencyKey: crypto.randomUUID() };
};

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData();
    const input = { category: textOf(form, 'category'), reason: textOf(form, 'reason') };
    const { id, pupil } = await readAlert(event, event.params.id);
    const sent = await withPasswordAgain(event, form, () =>
      send(event, 'POST', `/pupils/${pupil.id}/break-glass`, input, textOf(form, 'idempotencyKey')),
    );
    return sent.ok ? redirect(303, `/alerts/${id}`) : refused(sent.problem, input, event);
  },
};
