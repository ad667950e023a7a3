import type { Answered } from '#lib/api/shapes.ts';
import { allAnswered } from './all-answered.ts';

interface Listener {
  onanswer: (answer: Answered) => void;
  /** The system cannot be reached, so nobody knows whether an adult answered. */
  onlost: () => void;
}

const everyMs = 3000;

async function answerOf(observationId: string, signal: AbortSignal): Promise<Answered> {
  const response = await fetch(`/api/observations/${observationId}/answer`, { signal });
  if (!response.ok) throw new Error(String(response.status));
  return (await response.json()) as Answered;
}

/** Asks every three seconds whether an adult has answered everything that was reported. Returns how to stop. */
export function watchAnswer(observationIds: string[], { onanswer, onlost }: Listener): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stopping = new AbortController();

  const ask = async (): Promise<void> => {
    try {
      const answer = allAnswered(
        await Promise.all(observationIds.map((id) => answerOf(id, stopping.signal))),
      );
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
