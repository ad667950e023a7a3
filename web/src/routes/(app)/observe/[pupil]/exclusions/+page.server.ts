import { read, send } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { ExclusionList, PupilPage } from '#lib/api/shapes.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { pupil: id } = event.params;
  return {
    pupil: await read<PupilPage>(event, `/pupils/${id}`),
    exclusions: await read<ExclusionList>(event, `/pupils/${id}/exclusions`),
    idempotencyKey: crypto.randomUUID(),
  };
};

export const actions: Actions = {
  add: async (event) => {
    const form = await event.request.formData();
    const values = { person: textOf(form, 'person'), kind: textOf(form, 'kind') };
    const path = `/pupils/${event.params.pupil}/exclusions`;
    const sent = await send(event, 'POST', path, values, textOf(form, 'idempotencyKey'));
    return sent.ok ? { added: true } : refused(sent.problem, values, event);
  },
  end: async (event) => {
    const form = await event.request.formData();
    const path = `/exclusions/${encodeURIComponent(textOf(form, 'id'))}/end`;
    const sent = await send(event, 'POST', path, {}, textOf(form, 'idempotencyKey'));
    return sent.ok ? { ended: true } : refused(sent.problem, { person: '', kind: '' }, event);
  },
};
