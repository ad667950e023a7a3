import { createContext } from 'svelte';
import type { Words } from './index.ts';

/** The reader's words. Set once by the root layout: changing the language loads a new page. */
export const [getWords, setWords] = createContext<Words>();
