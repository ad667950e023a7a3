import { redirect } from '@sveltejs/kit';
import { peerFormMaterial } from '#lib/reporting/form-material.server.ts';
import { reportValues, stepsWithoutScripts } from '#lib/reporting/report-values.ts';
import { sendObservation } from '#lib/reporting/send-observation.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => ({
  worried: event.url.searchParams.has('worried'),
  ...(await peerFormMaterial(event)),
});

export const actions: Actions = {
  edit: async ({ request }) => stepsWithoutScripts.edit(reportValues(await request.formData())),
  review: async ({ request }) => stepsWithoutScripts.review(reportValues(await request.formData())),
  send: async (event) => {
    const sent = await sendObservation(event, await event.request.formData());
    if (!sent.ok) return sent.failure;
    const urgent = sent.data.next === 'emergency' ? '?now' : '';
    redirect(303, `/report/sent/observation/${sent.data.id}${urgent}`);
  },
};
