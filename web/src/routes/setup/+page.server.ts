import { error, redirect } from '@sveltejs/kit';
import { read, send } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { needed } = await read<{ needed: boolean }>(event, '/setup');
  if (!needed) error(404, '');
  return { idempotencyKey: crypto.randomUUID() };
};

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData();
    const text = (name: string): string => textOf(form, name).trim();
    const person = (prefix: string) => ({
      name: text(`${prefix}.name`),
      account: text(`${prefix}.account`),
    });
    const school = { code: text('school.code'), name: text('school.name') };
    const administrator = person('administrator');
    const lead = person('lead');
    const sent = await send(
      event,
      'POST',
      '/setup',
      {
        school,
        administrator: { ...administrator, password: textOf(form, 'administrator.password') },
        lead: { ...lead, password: textOf(form, 'lead.password') },
      },
      text('idempotencyKey'),
    );
    if (!sent.ok) return refused(sent.problem, { school, administrator, lead }, event);
    redirect(303, '/sign-in?ready');
  },
};
