import { read } from '#lib/api/client.ts';
import type { MyReports } from '#lib/api/shapes.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { session } = await event.parent();
  return {
    mine: session.seat === null ? null : await read<MyReports>(event, '/monthly-reports/mine'),
  };
};
