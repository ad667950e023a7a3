import { toSignIn } from '#lib/api/client.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async (event) => {
  const { session, role } = await event.parent();
  if (session === null || role === null) toSignIn(event);
  return { session, role };
};
