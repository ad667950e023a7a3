import { redirect } from '@sveltejs/kit';
import { toSignIn } from '#lib/api/client.ts';
import { homeOf } from '#lib/shell/homes.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { role, session } = await event.parent();
  if (role === null) toSignIn(event);
  // Whose role still waits for approval reads so on their own page.
  redirect(303, session?.roles.length === 0 ? '/me' : homeOf(role));
};
