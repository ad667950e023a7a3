import { error, redirect } from '@sveltejs/kit';
import { send } from '#lib/api/client.ts';
import type { PageServerLoad } from './$types';

/** What the message is about: one of the two. */
interface Opened {
  alert: string | null;
  drill: string | null;
}

/** The link of a message: it says that the message was opened, and leads to what it is about. */
export const load: PageServerLoad = async (event) => {
  const path = `/messages/${event.params.message}/opened`;
  const sent = await send<Opened>(event, 'POST', path, {}, crypto.randomUUID());
  if (!sent.ok) error(sent.problem.status === 422 ? 404 : sent.problem.status, '');
  const { alert, drill } = sent.data;
  redirect(303, drill === null ? `/alerts/${alert}` : `/drills/${drill}`);
};
