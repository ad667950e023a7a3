import type { Count } from '#lib/api/shapes.ts';
import type { Words } from '#lib/words/index.ts';

/** A count, or in words that it is too small to be shown. */
export const countInWords = (count: Count, words: Words): string =>
  count === null ? words.ui.fewerThanFive : String(count);
