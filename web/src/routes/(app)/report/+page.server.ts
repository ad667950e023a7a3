import { read } from '#lib/api/client.ts';
import type { OwnReports } from '#lib/api/shapes.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { session } = await event.parent();
  return {
    mine: session.seat === null ? null : await read<OwnReports>(event, '/monthly-reports/mine'),
  };
};
