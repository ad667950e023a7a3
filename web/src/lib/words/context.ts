import { createContext } from 'svelte';
import type { OfficeWords } from './office-zh-cn.ts';
import type { Words } from './index.ts';

/** The reader's words. Set once by the root layout: changing the language loads a new page. */
export const [getWords, setWords] = createContext<Words>();

const [getOffice, setOffice] = createContext<() => OfficeWords | null>();

/** What staff read besides. Asked for anew by each page: whoever has just signed in has them only now. */
export const setOfficeWords = setOffice;

export function getOfficeWords(): OfficeWords {
  const office = getOffice()();
  if (office === null) throw new Error('this page has no words for staff');
  return office;
}
