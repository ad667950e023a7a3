import { read } from '#lib/api/client.ts';
import type { SchoolBoard } from '#lib/api/shapes.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  event.depends('shaodian:alerts');
  return { board: await read<SchoolBoard>(event, '/boards/school') };
};
