import { error, redirect } from '@sveltejs/kit';
import { send } from '#lib/api/client.ts';
import type { PageServerLoad } from './$types';

/** The link of a message: it says that the message was opened, and leads to what it is about. */
export const load: PageServerLoad = async (event) => {
  const path = `/messages/${event.params.message}/opened`;
  const sent = await send<{ alert: string }>(event, 'POST', path, {}, crypto.randomUUID());
  if (!sent.ok) error(sent.problem.status === 422 ? 404 : sent.problem.status, '');
  redirect(303, `/alerts/${sent.data.alert}`);
};
