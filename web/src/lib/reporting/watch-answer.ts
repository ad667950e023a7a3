import type { Answered } from '#lib/api/shapes.ts';

interface Listener {
  onanswer: (answer: Answered) => void;
  /** The system cannot be reached, so nobody knows whether an adult answered. */
  onlost: () => void;
}

const everyMs = 3000;

/** Asks every three seconds whether an adult has answered, until one has. Returns how to stop. */
export function watchAnswer(observationId: string, { onanswer, onlost }: Listener): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stopping = new AbortController();

  const ask = async (): Promise<void> => {
    try {
      const path = `/api/observations/${observationId}/answer`;
      const response = await fetch(path, { signal: stopping.signal });
      if (!response.ok) throw new Error(String(response.status));
      const answer = (await response.json()) as Answered;
      onanswer(answer);
      if (answer.answered) return;
    } catch {
      if (stopping.signal.aborted) return;
      onlost();
    }
    timer = setTimeout(() => void ask(), everyMs);
  };

  timer = setTimeout(() => void ask(), everyMs);
  return () => {
    stopping.abort();
    clearTimeout(timer);
  };
}
