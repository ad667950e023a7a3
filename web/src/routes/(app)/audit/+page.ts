import { loadOfficeWords } from '#lib/words/index.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ data, parent }) => ({
  ...data,
  office: await loadOfficeWords((await parent()).locale),
});
