import { error } from '@sveltejs/kit';
import { read } from '#lib/api/client.ts';
import type { GlassList } from '#lib/api/shapes.ts';
import type { PageServerLoad } from './$types';

const states = ['awaiting', 'overdue', 'reviewed'] as const;

export const load: PageServerLoad = async (event) => {
  const state = event.url.searchParams.get('state');
  const known = states.find((one) => one === state) ?? null;
  if (state !== null && known === null) error(404, '');
  const cursor = event.url.searchParams.get('cursor');
  return { state: known, glasses: await read<GlassList>(event, '/break-glass', { state, cursor }) };
};
