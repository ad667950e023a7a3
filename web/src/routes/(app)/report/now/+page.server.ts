import { redirect } from '@sveltejs/kit';
import { read, send } from '#lib/api/client.ts';
import { textOf, textsOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { ObservationSent, Session } from '#lib/api/shapes.ts';
import { peerFormMaterial } from '#lib/reporting/form-material.server.ts';
import { urgentInput } from '#lib/reporting/urgent-input.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = peerFormMaterial;

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData();
    const values = { pupilId: textOf(form, 'pupilId'), codes: textsOf(form, 'indicators') };
    const { today } = await read<Session>(event, '/session');
    const sent = await send<ObservationSent>(
      event,
      'POST',
      '/observations',
      urgentInput(values.pupilId, values.codes, today),
      textOf(form, 'idempotencyKey'),
    );
    if (!sent.ok) return refused(sent.problem, values, event);
    redirect(303, `/report/sent/observation/${sent.data.id}?now`);
  },
};
