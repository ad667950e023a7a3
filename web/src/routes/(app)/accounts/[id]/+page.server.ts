import { fail } from '@sveltejs/kit';
import { read, sendChange } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { formProblem } from '#lib/api/refused.ts';
import type { Account } from '#lib/api/shapes.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const account = await read<Account>(event, `/accounts/${event.params.id}`);
  const { session } = await event.parent();
  return { account, isOwn: account.account === session.account };
};

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData();
    const values = {
      title: form.has('title') ? textOf(form, 'title').trim() : null,
      disabled: form.has('disabled'),
    };
    const path = `/accounts/${event.params.id}`;
    const sent = await sendChange<Account>(event, path, values, textOf(form, 'version'));
    if (sent.ok) return { saved: sent.data };
    const current = sent.problem.status === 412 ? (sent.problem.current as Account) : null;
    const problem = await formProblem(sent.problem, event);
    return fail(sent.problem.status, { problem, values, current });
  },
};
