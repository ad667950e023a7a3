import { createHmac, hash } from 'node:crypto';

/** One row of the chain without its hash and MAC, every field as the text that is hashed. */
export interface ChainEntry {
  readonly schoolId: number;
  readonly seq: number;
  /** Microseconds since 1970, as text: exact where a number of milliseconds is not. */
  readonly atUs: string;
  readonly person: string;
  readonly mark: string;
  readonly action: string;
  readonly kind: string;
  readonly area: string;
  readonly code: string;
  readonly why: string;
  readonly purpose: string;
  readonly resource: string;
  /** Pseudonyms, joined by commas. */
  readonly subjects: string;
}

/** U+001F: no field may hold it (the table's checks), so no two entries have the same text. */
const separator = '\u001f';

/** The text that is hashed; the same one that `sec.audit_append` builds. */
export const entryText = (entry: ChainEntry): string =>
  wholeText(
    entry.schoolId,
    [
      entry.seq,
      entry.atUs,
      entry.person,
      entry.mark,
      entry.action,
      entry.kind,
      entry.area,
      entry.code,
      entry.why,
      entry.purpose,
      entry.resource,
      entry.subjects,
    ].join(separator),
  );

/** The same from the fields after the school's number, already joined. */
export const wholeText = (schoolId: number, line: string): string =>
  `v1${separator}${schoolId}${separator}${line}`;

/** What the first entry of a school follows. */
export const genesisHash = (schoolId: number): string =>
  hash('sha256', `shaodian audit ${schoolId}`, 'hex');

/** HMAC-SHA256 (RFC 2104) over the hash before and the entry, with a key that the database never sees. Hex. */
export const macOf = (key: Uint8Array, previousHash: string, text: string): string =>
  createHmac('sha256', key).update(`${previousHash}${separator}${text}`).digest('hex');

/** SHA-256 over the hash before, the entry and its MAC. Hex. */
export const nextHash = (previousHash: string, text: string, mac: string): string =>
  hash('sha256', `${previousHash}${separator}${text}${separator}${mac}`, 'hex');
