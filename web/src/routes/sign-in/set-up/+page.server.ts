import { fail, redirect } from '@sveltejs/kit';
import { find, toSignIn } from '#lib/api/client.ts';
import { formProblem, refused } from '#lib/api/refused.ts';
import type { SecondFactor } from '#lib/api/shapes.ts';
import { signOut } from '#lib/api/sign-out.ts';
import { confirmSetUp, startSetUp } from '#lib/factor/set-up.server.ts';
import { pathWithin } from '#lib/shell/path-within.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const own = await find<SecondFactor>(event, '/account/second-factor');
  if (own === null) toSignIn(event);
  return { next: pathWithin(event.url.searchParams.get('next')) };
};

export const actions: Actions = {
  start: async (event) => {
    const started = await startSetUp(event, await event.request.formData());
    return started.ok ? { shown: started.data } : refused(started.problem, {}, event);
  },
  confirm: async (event) => {
    const { sent, shown } = await confirmSetUp(event, await event.request.formData());
    if (sent.ok) return { codes: sent.data.recoveryCodes };
    const problem = await formProblem(sent.problem, event);
    return fail(sent.problem.status, { problem, ...(shown ? { shown } : {}) });
  },
  giveUp: async (event) => {
    await signOut(event);
    redirect(303, '/sign-in');
  },
};
