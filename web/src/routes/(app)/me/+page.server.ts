import { redirect } from '@sveltejs/kit';
import { read, send } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { SessionList } from '#lib/api/shapes.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => ({
  sessions: (await read<SessionList>(event, '/sessions')).items,
});

export const actions: Actions = {
  end: async (event) => {
    const id = textOf(await event.request.formData(), 'id');
    const sent = await send<null>(event, 'DELETE', `/sessions/${encodeURIComponent(id)}`);
    return sent.ok ? { ended: true } : refused(sent.problem, {}, event);
  },
  signOut: async (event) => {
    await send<null>(event, 'DELETE', '/session');
    event.cookies.delete('role', { path: '/' });
    redirect(303, '/sign-in');
  },
};
