import { loadFactorWords } from '#lib/factor/words/index.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ data, parent }) => ({
  ...data,
  factorWords: await loadFactorWords((await parent()).locale),
});
