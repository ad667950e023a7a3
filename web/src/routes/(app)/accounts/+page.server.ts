import { find, read, send } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { Account, Role, SchoolClass } from '#lib/api/shapes.ts';
import { grantOf } from '#lib/people/grant-of.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const [accounts, people, classes] = await Promise.all([
    read<{ items: Account[] }>(event, '/accounts'),
    find<{ items: { id: string; name: string }[] }>(event, '/people', { account: 'none' }),
    read<{ items: SchoolClass[] }>(event, '/classes'),
  ]);
  return {
    accounts: accounts.items,
    people: people?.items ?? [],
    classes: classes.items,
    idempotencyKey: crypto.randomUUID(),
  };
};

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData();
    const values = {
      personId: textOf(form, 'personId'),
      account: textOf(form, 'account').trim(),
      role: textOf(form, 'role') as Role,
      scope: textOf(form, 'scope'),
    };
    const sent = await send(
      event,
      'POST',
      '/accounts',
      {
        personId: values.personId,
        account: values.account,
        password: textOf(form, 'password'),
        grants: [grantOf(values.role, values.scope)],
      },
      textOf(form, 'idempotencyKey'),
    );
    return sent.ok ? { done: true } : refused(sent.problem, values);
  },
};
