import { signsInWords } from '#lib/people/signs-in-words.server.ts';
import { error } from '@sveltejs/kit';
import { read, send } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { ObservationList, PupilPage, Reporter } from '#lib/api/shapes.ts';
import { withPasswordAgain } from '#lib/entry/step-up.ts';
import { mayAskWhoReported } from '#lib/people/may-ask-who-reported.ts';
import { loadWords } from '#lib/words/index.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { pupil: id, observation: observationId } = event.params;
  const { locale } = event.locals;
  const { session } = await event.parent();
  const [pupil, { items }] = await Promise.all([
    read<PupilPage>(event, `/pupils/${id}`),
    read<ObservationList>(event, '/observations', { pupil: id }),
  ]);
  const observation = items.find((one) => one.id === observationId);
  if (!observation || observation.own || !mayAskWhoReported(session))
    error(404, (await loadWords(locale)).errors.title[404]);
  return {
    pupil,
    observation: {
      ...observation,
      signs: await signsInWords(observation, locale),
    },
  };
};

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData();
    const input = { reason: textOf(form, 'reason') };
    const path = `/observations/${event.params.observation}/reporter`;
    const sent = await withPasswordAgain(event, form, () =>
      send<Reporter>(event, 'POST', path, input),
    );
    return sent.ok ? { shown: sent.data } : refused(sent.problem, input, event);
  },
};
