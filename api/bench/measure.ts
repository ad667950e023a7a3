/** What one side of a comparison took, one request after another or several at once. */
export interface Sample {
  /** Milliseconds of each request. */
  readonly times: number[];
  /** Milliseconds of the clock for all of them, without what lies between the batches. */
  clock: number;
}

export const emptySample = (): Sample => ({ times: [], clock: 0 });

/** Runs `jobs`, at most `concurrency` at once, and adds what they took. */
export async function measure(
  sample: Sample,
  concurrency: number,
  jobs: readonly (() => Promise<void>)[],
): Promise<void> {
  let next = 0;
  const started = performance.now();
  const worker = async () => {
    for (let job = jobs[next++]; job; job = jobs[next++]) {
      const at = performance.now();
      await job();
      sample.times.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  sample.clock += performance.now() - started;
}

export interface Row {
  readonly what: string;
  readonly atOnce: number;
  readonly requests: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly perSecond: number;
}

export function rowOf(what: string, atOnce: number, { times, clock }: Sample): Row {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return {
    what,
    atOnce,
    requests: times.length,
    medianMs: at(0.5),
    p95Ms: at(0.95),
    perSecond: (times.length / clock) * 1000,
  };
}

/** Calls per second of something without I/O, after a warm-up. */
export function callsPerSecond(call: () => unknown, milliseconds: number): number {
  const run = (until: number): number => {
    let calls = 0;
    while (performance.now() < until) for (let n = 0; n < 20; n += 1, calls += 1) call();
    return calls;
  };
  run(performance.now() + milliseconds / 4);
  const started = performance.now();
  const calls = run(started + milliseconds);
  return (calls / (performance.now() - started)) * 1000;
}
