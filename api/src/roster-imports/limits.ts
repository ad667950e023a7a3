/** What an uploaded roster may cost at most. Counted on real bytes, never on what a header claims. */
export const rosterLimits = {
  packedBytes: 5 * 1024 * 1024,
  unpackedBytes: 50 * 1024 * 1024,
  /** Of one file in the archive: it stands in memory as bytes and as text at once. */
  partBytes: 30 * 1024 * 1024,
  archiveEntries: 1_000,
  rows: 20_000,
  columns: 200,
  /** Fifteen columns in every row there may be. */
  cells: 300_000,
  cellCharacters: 4_000,
  readerHeapMb: 100,
  /** With the start of the process some nine seconds. */
  readerMilliseconds: 8_000,
} as const;

export const bytesPerMb = 1024 * 1024;
