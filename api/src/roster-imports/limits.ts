/** What an uploaded roster may cost at most. Counted on real bytes, never on what a header claims. */
export const rosterLimits = {
  packedBytes: 5 * 1024 * 1024,
  unpackedBytes: 50 * 1024 * 1024,
  archiveEntries: 1_000,
  rows: 20_000,
  columns: 200,
  cellCharacters: 4_000,
  workerHeapMb: 150,
  workerMilliseconds: 10_000,
} as const;

export const bytesPerMb = 1024 * 1024;
