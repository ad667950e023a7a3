import { redirect } from '@sveltejs/kit';
import { read, send } from '#lib/api/client.ts';
import type { ApiEvent } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { NoticeList } from '#lib/api/shapes.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  event.depends('shaodian:notices');
  const cursor = event.url.searchParams.get('cursor');
  return { notices: await read<NoticeList>(event, '/notices', { cursor }) };
};

const markSeen = (event: ApiEvent, id: string) =>
  send(event, 'POST', `/notices/${encodeURIComponent(id)}/seen`, {}, crypto.randomUUID());

export const actions: Actions = {
  open: async (event) => {
    const form = await event.request.formData();
    const [alert, glass] = [textOf(form, 'alert'), textOf(form, 'breakGlass')];
    const sent = await markSeen(event, textOf(form, 'id'));
    if (!sent.ok) return refused(sent.problem, {}, event);
    if (alert !== '') redirect(303, `/alerts/${encodeURIComponent(alert)}`);
    if (glass !== '') redirect(303, `/break-glass/${encodeURIComponent(glass)}`);
    const drill = textOf(form, 'drill');
    if (drill !== '') redirect(303, `/drills/${encodeURIComponent(drill)}`);
    const kind = textOf(form, 'kind');
    if (kind === 'cluster_raised') redirect(303, '/alerts');
    if (kind === 'grant_to_decide') redirect(303, '/grants');
    if (kind === 'counsellor_kept_away') redirect(303, '/audit?kind=act');
    if (kind === 'grant_decided') redirect(303, '/grants?view=decided');
    return undefined;
  },
  seenAll: async (event) => {
    const { items } = await read<NoticeList>(event, '/notices', { limit: 100 });
    for (const notice of items.filter((one) => one.seenAt === null)) {
      const sent = await markSeen(event, notice.id);
      if (!sent.ok) return refused(sent.problem, {}, event);
    }
    return undefined;
  },
};
