import { read, toSignIn } from '#lib/api/client.ts';
import type { NoticeList } from '#lib/api/shapes.ts';
import { isTold } from '#lib/shell/homes.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async (event) => {
  event.depends('shaodian:notices');
  const { session, role } = await event.parent();
  if (session === null || role === null) toSignIn(event);
  const { unseen } = isTold(role)
    ? await read<NoticeList>(event, '/notices', { limit: 1 })
    : { unseen: 0 };
  return { session, role, unseen };
};
