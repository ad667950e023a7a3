import { fail, redirect } from '@sveltejs/kit';
import { read, send } from '#lib/api/client.ts';
import { signOut } from '#lib/api/sign-out.ts';
import { textOf } from '#lib/api/form.ts';
import { formProblem, refused } from '#lib/api/refused.ts';
import type { GrantProposalList, SecondFactor, SessionList } from '#lib/api/shapes.ts';
import { loadWords } from '#lib/words/index.ts';
import type { Actions, PageServerLoad, PageServerLoadEvent } from './$types';

export const load: PageServerLoad = async (event) => {
  const [sessions, factor, waiting] = await Promise.all([
    read<SessionList>(event, '/sessions'),
    read<SecondFactor>(event, '/account/second-factor'),
    listOwnWaiting(event),
  ]);
  return { sessions: sessions.items, factor, waiting };
};

/** The roles of one's own that nobody has approved yet. */
async function listOwnWaiting(event: PageServerLoadEvent) {
  const { session } = await event.parent();
  const { items } = await read<GrantProposalList>(event, '/grant-proposals', {
    state: 'waiting',
    limit: 200,
  });
  return items.filter((one) => one.person.id === session.person.id);
}

export const actions: Actions = {
  end: async (event) => {
    const id = textOf(await event.request.formData(), 'id');
    const sent = await send<null>(event, 'DELETE', `/sessions/${encodeURIComponent(id)}`);
    return sent.ok ? { ended: true } : refused(sent.problem, {}, event);
  },
  password: async (event) => {
    const form = await event.request.formData();
    const newPassword = textOf(form, 'newPassword');
    if (newPassword !== textOf(form, 'again')) {
      const message = (await loadWords(event.locals.locale)).me.passwordDiffers;
      return fail(422, { passwordProblem: { message, fields: { again: message } } });
    }
    const input = { password: textOf(form, 'password'), newPassword };
    const sent = await send<null>(event, 'POST', '/account/password', input);
    if (!sent.ok)
      return fail(sent.problem.status, { passwordProblem: await formProblem(sent.problem, event) });
    event.cookies.delete('role', { path: '/' });
    redirect(303, '/sign-in?changed');
  },
  signOut: async (event) => {
    await signOut(event);
    event.cookies.delete('role', { path: '/' });
    redirect(303, '/sign-in');
  },
};
