import type { RequestEvent } from '@sveltejs/kit';
import { send } from './client.ts';
import type { ApiEvent } from './client.ts';

/** Ends the session, and has the browser drop what pages kept in it. Cookies stay but for the session's: the known device is one. */
export async function signOut(event: ApiEvent & Pick<RequestEvent, 'setHeaders'>): Promise<void> {
  await send<null>(event, 'DELETE', '/session');
  event.setHeaders({ 'clear-site-data': '"storage"' });
}
