import { find } from '#lib/api/client.ts';
import type { MyReports } from '#lib/api/shapes.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => ({
  mine: await find<MyReports>(event, '/monthly-reports/mine'),
});
