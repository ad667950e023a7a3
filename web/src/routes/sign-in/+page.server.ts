import { redirect } from '@sveltejs/kit';
import { find, read, send } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { CastMember, SignedIn } from '#lib/api/shapes.ts';
import { pathWithin } from '#lib/shell/path-within.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { session } = await event.parent();
  if (session !== null) redirect(303, pathWithin(event.url.searchParams.get('next')));
  const [schools, cast, setup] = await Promise.all([
    read<{ items: { code: string; name: string }[] }>(event, '/schools'),
    find<{ password: string; items: CastMember[] }>(event, '/demo/cast'),
    find<{ needed: boolean }>(event, '/setup'),
  ]);
  return {
    schools: schools.items,
    cast,
    setupNeeded: setup?.needed ?? false,
    passwordChanged: event.url.searchParams.has('changed'),
    setupDone: event.url.searchParams.has('ready'),
  };
};

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData();
    const values = { school: textOf(form, 'school'), account: textOf(form, 'account') };
    const password = textOf(form, 'password');
    const sent = await send<SignedIn>(event, 'POST', '/session', { ...values, password });
    if (!sent.ok) return refused(sent.problem, values, event);
    event.cookies.delete('role', { path: '/' });
    const next = event.url.searchParams.get('next');
    if (sent.data.needs) redirect(303, nextStep[sent.data.needs] + afterwards(next));
    redirect(303, pathWithin(next));
  },
};

const nextStep = { code: '/sign-in/second-step', enrolment: '/sign-in/set-up' } as const;
const afterwards = (next: string | null): string =>
  next === null ? '' : `?next=${encodeURIComponent(pathWithin(next))}`;
