import type { AnswerStatus, MyReports } from '#lib/api/shapes.ts';

export interface Answer {
  answered: boolean;
  answeredAt: string | null;
}

interface Listener {
  onanswer: (answer: Answer) => void;
  /** The system cannot be reached, so nobody knows whether an adult answered. */
  onlost: () => void;
}

const everyMs = 3000;

/** Asks every three seconds whether an adult has answered, until one has. Returns how to stop. */
export function watchAnswer(
  kind: 'monthly' | 'observation',
  id: string,
  { onanswer, onlost }: Listener,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stopping = new AbortController();

  const ask = async (): Promise<void> => {
    try {
      const response = await fetch(pathOf(kind, id), { signal: stopping.signal });
      if (!response.ok) throw new Error(String(response.status));
      const answer = answerIn(kind, id, await response.json());
      onanswer(answer);
      if (answer.answered) return;
    } catch {
      if (stopping.signal.aborted) return;
      onlost();
    }
    timer = setTimeout(ask, everyMs);
  };

  timer = setTimeout(ask, everyMs);
  return () => {
    stopping.abort();
    clearTimeout(timer);
  };
}

function pathOf(kind: 'monthly' | 'observation', id: string): string {
  return kind === 'monthly' ? '/api/monthly-reports/mine' : `/api/observations/${id}/status`;
}

function answerIn(kind: 'monthly' | 'observation', id: string, body: unknown): Answer {
  if (kind === 'observation') return body as AnswerStatus;
  return answerOfReport(body as MyReports, id);
}

/** Whether an adult answered a monthly report, from the list of one's own. */
export function answerOfReport(mine: MyReports, id: string): Answer {
  const answered = mine.recent.some((entry) => entry.id === id && entry.answeredByAdult);
  return { answered, answeredAt: null };
}
