import { error } from '@sveltejs/kit';
import { read } from '#lib/api/client.ts';
import type { Answered } from '#lib/api/shapes.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { kind, id } = event.params;
  if (kind !== 'monthly' && kind !== 'observation') error(404, '');
  const urgent = kind === 'observation' && event.url.searchParams.has('now');
  return {
    id,
    urgent,
    answer: urgent ? await read<Answered>(event, `/observations/${id}/answer`) : null,
  };
};
