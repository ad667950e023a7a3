import { find, read } from '#lib/api/client.ts';
import type { Arrivals, ClassList, PupilList } from '#lib/api/shapes.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { role } = await event.parent();
  const search = event.url.searchParams;
  const query = { class: search.get('class'), q: search.get('q'), cursor: search.get('cursor') };
  const [classes, pupils, arrivals] = await Promise.all([
    read<ClassList>(event, '/classes'),
    read<PupilList>(event, '/pupils', { ...query, limit: 50 }),
    role === 'homeroom_teacher' ? find<Arrivals>(event, '/monthly-reports') : null,
  ]);
  return {
    classes: classes.items,
    pupils,
    arrivals,
    sought: { class: query.class ?? '', q: query.q ?? '' },
    /** The administrator looks after the list and observes nobody. */
    mayAskErasure: role === 'administrator',
    mayObserve: role !== 'administrator' && role !== 'school_leader',
  };
};
