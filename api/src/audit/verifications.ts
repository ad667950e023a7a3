import type { ChainVerdict } from './verify-chain.ts';

type Verification =
  | { readonly state: 'done'; readonly verdict: ChainVerdict; readonly seconds: number }
  | { readonly state: 'running'; readonly entries: number };

export interface Verifications {
  /**
   * Verifies the school's chain from the first entry to the last. A long one goes on after an answer that says how far it is,
   * and whoever was told so gets its verdict when they ask again soon. Two who ask at once share one reading.
   */
  ask(schoolId: number, personId: string): Promise<Verification>;
}

/** @param onRead told how many entries were read so far */
export type VerifyChainOf = (
  schoolId: number,
  onRead: (entries: number) => void,
) => Promise<ChainVerdict>;

interface Run {
  readonly outcome: Promise<{ verdict: ChainVerdict; seconds: number } | { error: unknown }>;
  entries: number;
  isOver: boolean;
  /** Who was told that it runs, and has not had the verdict. */
  readonly owed: Set<string>;
}

interface Patience {
  /** How long somebody who asks is kept waiting for the verdict. */
  readonly waitMs: number;
  /** How long a verdict waits for them: later it would say of now what was true then. */
  readonly keepMs: number;
}

/** One verification a school at a time: each reads the whole chain, and many at once would keep everybody waiting. */
export function verificationsOf(
  verify: VerifyChainOf,
  { waitMs, keepMs }: Patience = { waitMs: 2_500, keepMs: 300_000 },
): Verifications {
  const runs = new Map<number, Run>();

  function start(schoolId: number): Run {
    const started = performance.now();
    const run: Run = {
      entries: 0,
      isOver: false,
      owed: new Set(),
      outcome: verify(schoolId, (entries) => void (run.entries = entries)).then(
        (verdict) => ({
          verdict,
          seconds: Math.round(performance.now() - started) / 1000,
        }),
        (error: unknown) => ({ error }),
      ),
    };
    runs.set(schoolId, run);
    void run.outcome.then(async () => {
      run.isOver = true;
      if (run.owed.size > 0) await after(keepMs);
      forget(schoolId, run);
    });
    return run;
  }

  function forget(schoolId: number, run: Run): void {
    if (runs.get(schoolId) === run) runs.delete(schoolId);
  }

  return {
    async ask(schoolId, personId) {
      const known = runs.get(schoolId);
      const isFresh = known && (!known.isOver || known.owed.has(personId));
      const run = isFresh ? known : start(schoolId);
      const outcome = await Promise.race([run.outcome, after(waitMs)]);
      if (!outcome) {
        run.owed.add(personId);
        return { state: 'running', entries: run.entries };
      }
      run.owed.delete(personId);
      if (run.owed.size === 0) forget(schoolId, run);
      if ('error' in outcome) throw outcome.error;
      return { state: 'done', ...outcome };
    },
  };
}

const after = (ms: number): Promise<null> =>
  new Promise((resolve) => setTimeout(() => resolve(null), ms).unref());
