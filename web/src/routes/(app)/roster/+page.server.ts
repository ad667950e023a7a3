import { fail, redirect } from '@sveltejs/kit';
import { read, send } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { formProblem } from '#lib/api/refused.ts';
import type { RosterImportList, RosterImportRow } from '#lib/api/shapes.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => ({
  imports: (await read<RosterImportList>(event, '/roster-imports')).items,
  idempotencyKey: crypto.randomUUID(),
});

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData();
    const file = form.get('file');
    if (!(file instanceof File) || file.size === 0) return fail(422, { missing: true as const });
    const sent = await send<RosterImportRow>(
      event,
      'POST',
      `/roster-imports?fileName=${encodeURIComponent(file.name.slice(0, 200))}`,
      file,
      textOf(form, 'idempotencyKey'),
    );
    if (!sent.ok)
      return fail(sent.problem.status, { problem: await formProblem(sent.problem, event) });
    redirect(303, `/roster/${sent.data.id}`);
  },
};
