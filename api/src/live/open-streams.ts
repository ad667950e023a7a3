/** Opens a stream of an account; what comes back is to be called when it has ended. */
export type OpenStream = (accountId: string, end: () => void) => () => void;

/**
 * Counts the streams of each account. Every one costs statements for every signal of the school, so one more than `most` ends the oldest:
 * a browser needs one, shared by its pages, and a person has few browsers.
 */
export function countStreams(most = 12): OpenStream {
  const open = new Map<string, Set<() => void>>();
  return (accountId, end) => {
    const ends = open.get(accountId) ?? new Set();
    open.set(accountId, ends.add(end));
    const [oldest] = ends;
    if (ends.size > most && oldest) {
      ends.delete(oldest);
      oldest();
    }
    return () => {
      ends.delete(end);
      if (ends.size === 0 && open.get(accountId) === ends) open.delete(accountId);
    };
  };
}
