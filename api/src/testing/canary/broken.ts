import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { chanceOf } from '../fuzz/chance.ts';
import { operationsFrom } from '../fuzz/operations.ts';
import type { Json, Operation } from '../fuzz/operations.ts';
import { emptyPool, valueFor } from '../fuzz/values.ts';
import type { Canaries } from './canaries.ts';
import type { Exchange, Visitor } from './visitor.ts';

/** Requests under way. */
const atOnce = 6;

type Place = readonly (string | number)[];

/** A canary in every place of every request of the document where it does not belong. Returns how many were sent. */
export async function sendBroken(
  who: Visitor,
  canaries: Canaries,
  document: unknown,
): Promise<number> {
  // A stream has no refusals but that of its session, and whoever leaves is refused no more.
  const operations = operationsFrom(document).filter(
    (one) => !one.isStream && one.name !== 'DELETE /session',
  );
  let sent = 0;
  for (const operation of operations) {
    const requests = requestsFor(operation, who, canaries);
    sent += requests.length;
    for (let at = 0; at < requests.length; at += atOnce)
      await Promise.all(requests.slice(at, at + atOnce).map((request) => who.send(...request)));
  }
  return sent;
}

type Request = Parameters<Visitor['send']>;

function requestsFor(operation: Operation, who: Visitor, canaries: Canaries): Request[] {
  const canary = canaries.text('refused', `${operation.name} by ${who.name}`);
  const inUrl = encodeURIComponent(canary);
  const { method, path, body } = operation;
  const good = path.replaceAll(/\{[^}]+\}/g, () => randomUUID());
  const valid = body && valueFor(body, '', emptyPool(), chanceOf(7));
  const writes = method === 'POST' || method === 'PATCH';
  const plain = writes ? (valid ?? {}) : undefined;
  return [
    [method, path.replaceAll(/\{[^}]+\}/g, inUrl), plain],
    [method, `${good}?${inUrl}=${inUrl}`, plain],
    ...Object.keys(operation.query).map((name): Request => [
      method,
      `${good}?${name}=${inUrl}`,
      plain,
    ]),
    ...hostileHeaders(canary).map((headers): Request => [method, good, plain, headers]),
    ...(writes ? brokenBodies(operation, valid, canary) : []).map((broken): Request => [
      method,
      good,
      broken,
    ]),
  ];
}

/** Header values are bytes: the Chinese half goes percent-encoded. */
function hostileHeaders(canary: string): Record<string, string>[] {
  const value = encodeURIComponent(canary);
  return [
    { 'idempotency-key': value },
    { origin: `https://${value.toLowerCase()}.example` },
    { 'accept-language': value },
    { 'content-type': `text/${value}` },
    { 'if-match': `"${value}"` },
    { authorization: `Bearer ${value}` },
    { 'x-forwarded-proto': value, 'user-agent': value, referer: `http://x/${value}` },
    { cookie: `shaodian-session=${value}; shaodian-device=${value}` },
  ];
}

const takesAnyText = new Set([
  'POST /channels',
  'POST /outside-contacts',
  'POST /account/contact-points',
]);

function brokenBodies({ body, name }: Operation, valid: unknown, canary: string): unknown[] {
  const texts = [`{"${canary}`, `"${canary}"`, `[${JSON.stringify(canary)}]`, canary];
  const twice = `{"${canary}":1,"${canary}":2}`;
  if (!body) return [...texts, twice, { [canary]: canary }];
  const places = placesOf(valid);
  // These take nearly any text: a key too many makes sure that it is refused.
  const spoilt = (broken: unknown): unknown =>
    takesAnyText.has(name) && broken !== null && typeof broken === 'object'
      ? { ...broken, [canary]: 1 }
      : broken;
  return [
    ...texts,
    twice,
    { ...(valid as Json), [canary]: canary },
    replaced(valid, places[0] ?? [], canary.repeat(300)),
    ...places.flatMap((place) => [
      spoilt(replaced(valid, place, canary)),
      replaced(valid, place, canary.repeat(60)),
      replaced(valid, place, { [canary]: canary }),
      replaced(valid, place, [canary]),
    ]),
  ];
}

function placesOf(value: unknown, at: Place = []): Place[] {
  if (value === null || typeof value !== 'object') return [at];
  return Object.entries(value).flatMap(([key, one]) => [
    [...at, key],
    ...placesOf(one, [...at, key]),
  ]);
}

function replaced(value: unknown, [key, ...rest]: Place, by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((one, at) => (String(at) === String(key) ? replaced(one, rest, by) : one));
  const old = value as Json;
  return { ...old, [key]: replaced(old[key], rest, by) };
}

/** What no HTTP client would send, byte for byte; the answers. */
export async function sendRaw(url: string, canaries: Canaries): Promise<Exchange[]> {
  const canary = canaries.text('refused', 'bytes that are no request');
  const { port, hostname } = new URL(url);
  const host = `host: ${hostname}:${port}\r\nconnection: close\r\n`;
  const requests = [
    `${canary}\r\n\r\n`,
    `GET /${canary} HTTP/1.1\r\n${host}\r\n`,
    `GET /api/pupils/%E9%87%91%zz${encodeURIComponent(canary)} HTTP/1.1\r\n${host}\r\n`,
    `GET http://${encodeURIComponent(canary)}/ HTTP/1.1\r\n${host}\r\n`,
    `${canary} / HTTP/1.1\r\n${host}\r\n`,
    `GET / HTTP/1.1\r\n${canary}\r\n${host}\r\n`,
    `GET / HTTP/1.1\r\n${host}x: ${'y'.repeat(20_000)}${canary}\r\n\r\n`,
    `CONNECT ${encodeURIComponent(canary)} HTTP/1.1\r\n${host}\r\n`,
    `POST /api/session HTTP/1.1\r\n${host}expect: ${encodeURIComponent(canary)}\r\n\r\n`,
    `POST /api/session HTTP/1.1\r\n${host}content-length: 10\r\ntransfer-encoding: ${canary}\r\n\r\n`,
  ];
  const answers: Exchange[] = [];
  for (const request of requests) {
    const socket = connect(Number(port), hostname);
    const parts: Buffer[] = [];
    socket.on('data', (part: Buffer) => parts.push(part)).on('error', () => undefined);
    socket.setTimeout(5_000, () => socket.destroy());
    socket.write(request);
    await once(socket, 'close');
    answers.push({
      who: 'nobody',
      request: 'bytes that are no request',
      sent: request,
      status: Number(Buffer.concat(parts).toString('latin1').split(' ')[1] ?? 0),
      headers: new Headers(),
      body: Buffer.concat(parts),
    });
  }
  return answers;
}

/** Files that are no roster, with a canary where each is wrong. */
export async function sendBrokenFiles(who: Visitor, canaries: Canaries): Promise<void> {
  const canary = canaries.text('refused', 'file that is no roster');
  const inName = encodeURIComponent(canaries.text('name', 'name of a file that is no roster'));
  const title = '学号,姓名,性别,班级';
  const files = [
    canary,
    `${canary},${canary}\n`.repeat(3),
    `${title},姓名\n`,
    `${title}\n"${canary}`,
    `${title}\n${canary.repeat(3)},,,${canary}\n`,
    `PK\u0003\u0004${canary}`,
    Buffer.from(`${title}\n${canary}`, 'utf16le').toString('latin1'),
  ];
  for (const file of files)
    for (const name of ['a.csv', 'a.xlsx', `${inName}.exe`, `${inName}.csv`])
      await who.send('POST', `/roster-imports?fileName=${name}`, Buffer.from(file), {
        'content-type': 'application/octet-stream',
      });
}
