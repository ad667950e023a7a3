import { read, send } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { ImportAction, RosterPreview } from '#lib/api/shapes.ts';
import type { Actions, PageServerLoad } from './$types';

const actionsShown: ImportAction[] = ['error', 'create', 'update', 'unchanged'];

export const load: PageServerLoad = async (event) => {
  const path = `/roster-imports/${event.params.id}`;
  const search = event.url.searchParams;
  const asked = actionsShown.find((value) => value === search.get('action'));
  const cursor = search.get('cursor');
  if (asked) {
    const preview = await read<RosterPreview>(event, path, { action: asked, cursor });
    return { preview, action: asked, idempotencyKey: crypto.randomUUID() };
  }
  // Without a choice the first kind that has rows is shown, and errors come first.
  const { counts } = await read<RosterPreview>(event, path, { limit: 1 });
  const action = actionsShown.find((value) => counts[value] > 0) ?? 'create';
  const preview = await read<RosterPreview>(event, path, { action });
  return { preview, action, idempotencyKey: crypto.randomUUID() };
};

export const actions: Actions = {
  apply: async (event) => {
    const key = textOf(await event.request.formData(), 'idempotencyKey');
    const path = `/roster-imports/${event.params.id}/application`;
    const sent = await send<RosterPreview>(event, 'POST', path, {}, key);
    return sent.ok ? { applied: true } : refused(sent.problem, {}, event);
  },
};
