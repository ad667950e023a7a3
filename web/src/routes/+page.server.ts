import { redirect } from '@sveltejs/kit';
import { toSignIn } from '#lib/api/client.ts';
import { homeOf } from '#lib/shell/homes.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { role } = await event.parent();
  if (role === null) toSignIn(event);
  redirect(303, homeOf(role));
};
