import { refuse } from './refusals.ts';

/** A keyset cursor: the sort keys of the last row, opaque to the caller. */
export const encodeCursor = (keys: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(keys)).toString('base64url');

/** @throws Refusal request.invalid when it is not one of ours */
export function decodeCursor(
  cursor: string,
  shape: readonly ('timestamp' | 'uuid' | 'text' | 'number')[],
): string[] {
  const keys = parse(cursor);
  const fits =
    Array.isArray(keys) &&
    keys.length === shape.length &&
    keys.every((key, index) => isOfShape(key, shape[index]));
  if (!fits)
    return refuse('request.invalid', {
      errors: [{ path: 'cursor', code: 'invalid', message: 'not a cursor of this list' }],
    });
  return (keys as (string | number)[]).map(String);
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}

function isOfShape(key: unknown, kind: string | undefined): boolean {
  // The range of PostgreSQL's int: what lies outside it would be an error of the database, not of the reader.
  if (kind === 'number') return typeof key === 'number' && (key | 0) === key;
  if (typeof key !== 'string' || key.includes('\0')) return false;
  if (kind === 'uuid') return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(key);
  if (kind === 'timestamp')
    return /^[12]\d{3}-\d\d-\d\dT[\d:.]+Z$/.test(key) && !Number.isNaN(Date.parse(key));
  return key.length <= 100;
}
