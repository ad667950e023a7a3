import { find } from '#lib/api/client.ts';
import type { ActiveGlass, Session } from '#lib/api/shapes.ts';
import { actingRole } from '#lib/shell/homes.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async (event) => {
  const session = await find<Session>(event, '/session');
  const held = session?.roles.map((grant) => grant.role) ?? [];
  const leads = held.includes('school_leader');
  const glass = leads ? await find<ActiveGlass>(event, '/break-glass/active') : null;
  return {
    locale: event.locals.locale,
    theme: event.locals.theme,
    session,
    /** What the reader has open in an emergency: shown on every page while it lasts. */
    glass: glass?.active ?? null,
    role: session === null ? null : actingRole(held, event.cookies.get('role')),
    /** Real time at the server, for what is shown as "so long ago". */
    serverNow: new Date().toISOString(),
  };
};
