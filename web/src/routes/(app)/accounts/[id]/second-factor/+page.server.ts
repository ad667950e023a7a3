import { error } from '@sveltejs/kit';
import { read, send, type ApiEvent } from '#lib/api/client.ts';
import { refused } from '#lib/api/refused.ts';
import type { AccountList, AccountRow } from '#lib/api/shapes.ts';
import { proofOf } from '#lib/factor/set-up.server.ts';
import { loadWords } from '#lib/words/index.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const account = await findAccount(event, event.params.id);
  if (!account) error(404, (await loadWords(event.locals.locale)).errors.title[404]);
  return { account };
};

async function findAccount(event: ApiEvent, id: string): Promise<AccountRow | undefined> {
  let cursor: string | null = null;
  do {
    const page: AccountList = await read(event, '/accounts', { limit: 200, cursor });
    const found = page.items.find((one) => one.id === id);
    if (found) return found;
    cursor = page.nextCursor;
  } while (cursor !== null);
  return undefined;
}

export const actions: Actions = {
  default: async (event) => {
    const proof = proofOf(await event.request.formData());
    const path = `/accounts/${encodeURIComponent(event.params.id)}/second-factor/reset`;
    const sent = await send<null>(event, 'POST', path, proof);
    return sent.ok ? { done: true } : refused(sent.problem, {}, event);
  },
};
