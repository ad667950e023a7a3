import { createMiddleware } from 'hono/factory';
import { namesTwice } from './names-twice.ts';
import { problemResponse } from './problem.ts';
import type { RefusalCode } from './refusals.ts';
import { whyNoSession } from './session.ts';
import type { Env } from './types.ts';

const jsonBytes = 256 * 1024;
const importBytes = 5 * 1024 * 1024;
const depthMost = 8;
const stringMost = 4_000;
const arrayMost = 500;

const isTooDeepOrLong = (value: unknown, depth = 1): boolean => {
  if (typeof value === 'string') return value.length > stringMost;
  if (value === null || typeof value !== 'object') return false;
  if (depth > depthMost) return true;
  const items = Array.isArray(value) ? value : Object.values(value);
  return items.length > arrayMost || items.some((item) => isTooDeepOrLong(item, depth + 1));
};

// PostgreSQL keeps every character but this one.
const holdsZero = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.includes('\0')
    : value !== null && typeof value === 'object' && Object.values(value).some(holdsZero);

/** Reads at most `most` bytes; null when there are more, whatever Content-Length says. */
async function readAtMost(request: Request, most: number): Promise<Uint8Array | null> {
  if (!request.body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > most) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Body type, size, depth and lengths, before anything else looks at the body. */
export const limits = createMiddleware<Env>(async (c, next) => {
  if (c.req.method === 'GET' || c.req.method === 'HEAD' || c.req.method === 'DELETE') return next();
  const isUpload = c.req.path === '/api/roster-imports';
  // Megabytes are taken from people only: a stranger could fill the memory with uploads that never end.
  const keep = (bytes: Uint8Array) => {
    // Hono's readers take the body from this cache, so that it is read once.
    c.req.bodyCache.arrayBuffer = Promise.resolve(new Uint8Array(bytes).buffer) as never;
  };
  const refusal =
    (isUpload ? await whyNoSession(c) : null) ?? (await checkBody(c.req.raw, isUpload, keep));
  if (refusal) return problemResponse(refusal, c.get('locale'));
  return next();
});

async function checkBody(
  request: Request,
  isUpload: boolean,
  keep: (bytes: Uint8Array) => void,
): Promise<RefusalCode | null> {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== (isUpload ? 'application/octet-stream' : 'application/json'))
    return 'request.unsupported-media-type';
  const bytes = await readAtMost(request, isUpload ? importBytes : jsonBytes);
  if (bytes === null) return 'request.too-large';
  keep(bytes);
  if (isUpload) return null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    if (isTooDeepOrLong(value)) return 'request.too-large';
    return holdsZero(value) || namesTwice(text) ? 'request.invalid' : null;
  } catch {
    return 'request.malformed-json';
  }
}
