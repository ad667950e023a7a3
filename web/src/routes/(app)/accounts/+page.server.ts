import { read, send } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { Role } from '@shaodian/rules';
import type { AccountList, ClassList } from '#lib/api/shapes.ts';
import { grantOf } from '#lib/people/grant-of.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const cursor = event.url.searchParams.get('cursor');
  const [accounts, classes] = await Promise.all([
    read<AccountList>(event, '/accounts', { cursor }),
    read<ClassList>(event, '/classes'),
  ]);
  return { accounts, classes: classes.items, idempotencyKey: crypto.randomUUID() };
};

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData();
    const values = {
      name: textOf(form, 'name').trim(),
      account: textOf(form, 'account').trim(),
      role: textOf(form, 'role') as Role,
      scope: textOf(form, 'scope'),
    };
    const sent = await send(
      event,
      'POST',
      '/accounts',
      {
        kind: 'staff',
        name: values.name,
        account: values.account,
        password: textOf(form, 'password'),
        grants: [grantOf(values.role, values.scope)],
      },
      textOf(form, 'idempotencyKey'),
    );
    return sent.ok ? { done: true } : refused(sent.problem, values, event);
  },
};
