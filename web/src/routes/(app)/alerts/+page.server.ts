import { read } from '#lib/api/client.ts';
import type { AlertStatus, Colour } from '@shaodian/rules';
import type { AlertList, ClusterList } from '#lib/api/shapes.ts';
import type { PageServerLoad } from './$types';

const colours: Colour[] = ['blue', 'yellow', 'orange', 'red'];
const statuses: AlertStatus[] = ['open', 'acknowledged', 'closed'];

export const load: PageServerLoad = async (event) => {
  event.depends('shaodian:alerts');
  const search = event.url.searchParams;
  const colour = colours.find((value) => value === search.get('colour')) ?? null;
  const status = statuses.find((value) => value === search.get('status')) ?? null;
  const cursor = search.get('cursor');
  return {
    colour,
    status,
    clusters: await read<ClusterList>(event, '/clusters'),
    alerts: await read<AlertList>(event, '/alerts', { colour, status, cursor }),
  };
};
