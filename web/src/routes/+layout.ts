import { loadOfficeWords, loadWords } from '#lib/words/index.ts';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ data }) => {
  const roles = data.session?.roles ?? [];
  const isChild = roles.length > 0 && roles.every(({ role }) => role === 'committee_member');
  const [words, office] = await Promise.all([
    loadWords(data.locale),
    isChild ? null : loadOfficeWords(data.locale),
  ]);
  return { ...data, words, office };
};
