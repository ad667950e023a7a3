import { genesisHash, macMaker, nextHash, wholeText } from './chain.ts';
import type { Checkpoint } from './checkpoint.ts';

/** A row as it is stored: `line` is every hashed field after the school's number, in order. */
export interface StoredEntry {
  readonly seq: number;
  readonly line: string;
  readonly hash: string;
  readonly mac: string;
}

type ChainProblem =
  /** An entry is not there though a later entry, the head or a checkpoint says that it was. */
  | 'missing'
  /** An entry does not have the hash that follows from it and the entry before. */
  | 'altered'
  /** The hash fits, the MAC does not: whoever wrote it did not have the key. */
  | 'forged'
  /** The chain is whole in itself and is not the one that was signed. */
  | 'not-the-signed-chain'
  /** A checkpoint that this school's key did not sign. */
  | 'checkpoint-forged'
  /** The head says another end than the last entry. */
  | 'head-differs'
  /** The index of pupils says something else than the entries. */
  | 'index-differs';

export interface ChainVerdict {
  readonly schoolId: number;
  readonly entries: number;
  readonly checkpoints: number;
  /** The first entry that is wrong, or null. */
  readonly firstBad: { readonly seq: number; readonly problem: ChainProblem } | null;
  /** The newest entry under a genuine checkpoint: what comes after it could be cut off without a trace. */
  readonly signedUpTo: number;
}

export interface ChainSource {
  readonly schoolId: number;
  /** Entries in order, some thousands at a time. */
  readonly pages: AsyncIterable<readonly StoredEntry[]> | Iterable<readonly StoredEntry[]>;
  /** The end as the database gives it; null when only a copy of the entries is at hand. */
  readonly head: { readonly seq: number; readonly hash: string } | null;
  /** From the database, the file and the witness, in any order, doubles allowed. */
  readonly checkpoints: readonly Checkpoint[];
}

/**
 * Reads a school's chain from the first entry to the last and names the first that is wrong.
 * @param key makes the MACs; null for a verifier outside the school, who then sees hashes and checkpoints only
 * @param isGenuine whether a checkpoint carries the school's signature
 */
export async function verifyChain(
  source: ChainSource,
  key: Uint8Array | null,
  isGenuine: (checkpoint: Checkpoint) => boolean,
): Promise<ChainVerdict> {
  const { schoolId } = source;
  const own = source.checkpoints.filter((one) => one.schoolId === schoolId);
  const signed = Map.groupBy(own.filter(isGenuine), (one) => one.seq);
  const signedUpTo = Math.max(0, ...signed.keys());
  const forgedAt = Math.min(...own.filter((one) => !isGenuine(one)).map((one) => one.seq));
  const macOf = key && macMaker(key);
  let seq = 0;
  let previous = genesisHash(schoolId);

  const check = (entry: StoredEntry): ChainProblem | null => {
    if (entry.seq !== seq + 1) return 'missing';
    const text = wholeText(schoolId, entry.line);
    if (nextHash(previous, text, entry.mac) !== entry.hash) return 'altered';
    if (macOf && macOf(previous, text) !== entry.mac) return 'forged';
    if (signed.get(entry.seq)?.some((one) => one.hash !== entry.hash))
      return 'not-the-signed-chain';
    return null;
  };
  const verdict = (firstBad: ChainVerdict['firstBad']): ChainVerdict => ({
    schoolId,
    entries: seq,
    checkpoints: own.length,
    firstBad,
    signedUpTo,
  });

  for await (const page of source.pages)
    for (const entry of page) {
      const problem = check(entry);
      if (problem) return verdict({ seq: seq + 1, problem });
      seq = entry.seq;
      previous = entry.hash;
    }
  const told = Math.max(signedUpTo, source.head?.seq ?? 0);
  if (told > seq) return verdict({ seq: seq + 1, problem: 'missing' });
  if (source.head && (source.head.seq !== seq || (seq > 0 && source.head.hash !== previous)))
    return verdict({ seq, problem: 'head-differs' });
  if (Number.isFinite(forgedAt)) return verdict({ seq: forgedAt, problem: 'checkpoint-forged' });
  return verdict(null);
}
