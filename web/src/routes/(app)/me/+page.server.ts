import { fail, redirect } from '@sveltejs/kit';
import { read, send } from '#lib/api/client.ts';
import { signOut } from '#lib/api/sign-out.ts';
import { textOf } from '#lib/api/form.ts';
import { formProblem, refused } from '#lib/api/refused.ts';
import type {
  ContactPointList,
  ContactPointSet,
  GrantProposalList,
  SecondFactor,
  SessionList,
} from '#lib/api/shapes.ts';
import { isTold } from '#lib/shell/homes.ts';
import { loadWords } from '#lib/words/index.ts';
import type { Actions, PageServerLoad, PageServerLoadEvent } from './$types';

export const load: PageServerLoad = async (event) => {
  const { session } = await event.parent();
  const isStaff = session.roles.some(({ role }) => isTold(role));
  const [sessions, factor, waiting, points] = await Promise.all([
    read<SessionList>(event, '/sessions'),
    read<SecondFactor>(event, '/account/second-factor'),
    listOwnWaiting(event),
    isStaff ? read<ContactPointList>(event, '/account/contact-points') : null,
  ]);
  return { sessions: sessions.items, factor, waiting, points: points?.items ?? null };
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
  contact: async (event) => {
    const form = await event.request.formData();
    const input = { kind: textOf(form, 'kind'), address: textOf(form, 'address').trim() };
    const path = '/account/contact-points';
    const sent = await send<ContactPointSet>(event, 'POST', path, input, crypto.randomUUID());
    if (sent.ok) return { codeSent: sent.data.codeSent };
    return fail(sent.problem.status, { contactProblem: await formProblem(sent.problem, event) });
  },
  prove: async (event) => {
    const form = await event.request.formData();
    const path = `/account/contact-points/${encodeURIComponent(textOf(form, 'id'))}/proof`;
    const input = { code: textOf(form, 'code') };
    const sent = await send(event, 'POST', path, input, crypto.randomUUID());
    if (sent.ok) return {};
    return fail(sent.problem.status, { contactProblem: await formProblem(sent.problem, event) });
  },
  removeContact: async (event) => {
    const id = textOf(await event.request.formData(), 'id');
    const path = `/account/contact-points/${encodeURIComponent(id)}`;
    const sent = await send<null>(event, 'DELETE', path);
    return sent.ok ? {} : refused(sent.problem, {}, event);
  },
  signOut: async (event) => {
    await signOut(event);
    event.cookies.delete('role', { path: '/' });
    redirect(303, '/sign-in');
  },
};
