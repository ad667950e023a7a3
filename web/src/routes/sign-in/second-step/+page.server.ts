import { redirect } from '@sveltejs/kit';
import { send } from '#lib/api/client.ts';
import { signOut } from '#lib/api/sign-out.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { SignedIn } from '#lib/api/shapes.ts';
import { pathWithin } from '#lib/shell/path-within.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { session } = await event.parent();
  const next = event.url.searchParams.get('next');
  if (session !== null) redirect(303, pathWithin(next));
  return { next, withRecovery: event.url.searchParams.has('recovery') };
};

export const actions: Actions = {
  give: async (event) => {
    const code = textOf(await event.request.formData(), 'code');
    const sent = await send<SignedIn>(event, 'POST', '/session/second-factor', { code });
    if (!sent.ok) return refused(sent.problem, {}, event);
    redirect(303, pathWithin(event.url.searchParams.get('next')));
  },
  giveUp: async (event) => {
    await signOut(event);
    redirect(303, '/sign-in');
  },
};
