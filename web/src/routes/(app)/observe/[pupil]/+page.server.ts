import { signsInWords } from '#lib/people/signs-in-words.server.ts';
import { read } from '#lib/api/client.ts';
import type { ObservationList, PupilPage } from '#lib/api/shapes.ts';
import { reportValues, stepsWithoutScripts } from '#lib/reporting/report-values.ts';
import { sendObservation } from '#lib/reporting/send-observation.ts';
import { signGroups } from '#lib/reporting/signs.server.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { pupil: id } = event.params;
  const { locale } = event.locals;
  const [pupil, observations] = await Promise.all([
    read<PupilPage>(event, `/pupils/${id}`),
    read<ObservationList>(event, '/observations', { pupil: id }),
  ]);
  return {
    pupil,
    observations: await Promise.all(
      observations.items.map(async (entry) => ({
        ...entry,
        signs: await signsInWords(entry, locale),
      })),
    ),
    groups: await signGroups('staff', locale),
    idempotencyKey: crypto.randomUUID(),
  };
};

export const actions: Actions = {
  edit: async ({ request }) => stepsWithoutScripts.edit(reportValues(await request.formData())),
  review: async ({ request }) => stepsWithoutScripts.review(reportValues(await request.formData())),
  send: async (event) => {
    const sent = await sendObservation(event, await event.request.formData());
    return sent.ok ? { sent: sent.data.next } : sent.failure;
  },
};
