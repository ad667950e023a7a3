import { loadWords } from '#lib/words/index.ts';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ data }) => ({
  ...data,
  words: await loadWords(data.locale),
});
