import { read } from '#lib/api/client.ts';
import type { PupilPage, Readers } from '#lib/api/shapes.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { pupil: id } = event.params;
  const cursor = event.url.searchParams.get('cursor');
  return {
    pupil: await read<PupilPage>(event, `/pupils/${id}`),
    readers: await read<Readers>(event, `/pupils/${id}/readers`, { cursor }),
  };
};
