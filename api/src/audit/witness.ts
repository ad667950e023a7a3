import { fileURLToPath } from 'node:url';
import { appendCheckpoint } from './checkpoint-file.ts';
import type { Checkpoint } from './checkpoint.ts';

/** Somebody outside who keeps checkpoints: they hold no content, so anybody may. */
export interface Witness {
  /** @throws when it was not taken */
  deliver(checkpoint: Checkpoint): Promise<void>;
}

const answerSeconds = 10;

/** `https://…` is sent each checkpoint as JSON and answers 2xx; `file:///…` is a file on another disk. */
export function witnessAt(address: string): Witness {
  const url = new URL(address);
  if (url.protocol === 'file:')
    return { deliver: (checkpoint) => appendCheckpoint(fileURLToPath(url), checkpoint) };
  return {
    deliver: async (checkpoint) => {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(checkpoint),
        signal: AbortSignal.timeout(answerSeconds * 1000),
        redirect: 'error',
      });
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`the witness answered ${answer.status}`);
    },
  };
}
