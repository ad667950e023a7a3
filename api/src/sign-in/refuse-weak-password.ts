import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import { refuse } from '../http/refusals.ts';

// 0 to 4. Below 2 stands what is guessed within a million tries (zxcvbn, USENIX Security 2016): the passwords that leaked most often, years,
// rows of the keyboard, one word with a digit.
const leastScore = 2;
/** Judging takes longer than linear time; what begins well is good. */
const judgedLetters = 64;

let judge: ZxcvbnFactory | undefined;

/**
 * @param words of the school and the person: a password may not be made of them (ASVS 6.1.2, 6.2.4, 6.2.11)
 * @throws Refusal account.password-weak
 */
export function refuseWeakPassword(password: string, words: readonly string[]): void {
  // The dictionaries are made when they are first needed, and then kept.
  judge ??= new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
  const { score } = judge.check(password.slice(0, judgedLetters), [...words]);
  if (score < leastScore) refuse('account.password-weak');
}
