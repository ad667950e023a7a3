import { lookup as lookupAny } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { ChannelFault } from './channel.ts';
import type { SendOptions } from './channel.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** What was answered, as JSON; undefined when it was none. */
  readonly body: unknown;
}

const longestAnswer = 64 * 1024;

/**
 * Posts JSON to an address that somebody typed in, and reads the answer.
 *
 * Redirects are not followed, an answer ends at 64 KB, and a peer that hangs or drips ends with the time. Unless allowed, no connection is made
 * into this machine or a private network: the check is of the address that is connected to, so that a name that resolves anew does not pass.
 * @throws ChannelFault
 */
export function postJson(
  address: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  options: SendOptions,
): Promise<Answer> {
  const url = new URL(address);
  if (url.protocol === 'http:' && !options.allowPrivate) throw new ChannelFault('address-refused');
  if (!options.allowPrivate && isIP(hostOf(url)) && isPrivate(hostOf(url)))
    throw new ChannelFault('address-refused');
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      agent: false,
      lookup: options.allowPrivate ? undefined : lookupPublic,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Shaodian',
        ...headers,
      },
    });
    const fail = (fault: ChannelFault) => {
      clearTimeout(timer);
      sent.destroy();
      reject(fault);
    };
    // Of the whole exchange: a peer that drips byte by byte keeps a socket busy, and this not.
    const timer = setTimeout(() => fail(new ChannelFault('timeout')), options.timeoutMs);
    sent.on('error', (error: NodeJS.ErrnoException) =>
      fail(
        error instanceof ChannelFault
          ? error
          : new ChannelFault(error.code === 'EPRIVATE' ? 'address-refused' : 'connection'),
      ),
    );
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > longestAnswer) fail(new ChannelFault('bad-answer'));
        else chunks.push(chunk);
      });
      response.on('error', () => fail(new ChannelFault('connection')));
      response.on('end', () => {
        clearTimeout(timer);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: parsed(Buffer.concat(chunks).toString('utf8')),
        });
      });
    });
    sent.end(body);
  });
}

/** @throws ChannelFault for every status that is not 2xx */
export function refuseFaulty({ status, headers }: Answer): void {
  if (status >= 200 && status < 300) return;
  if (status === 429) throw new ChannelFault('throttled', retryAfterOf(headers['retry-after']));
  if (status === 410) throw new ChannelFault('gone');
  if (status === 401 || status === 403 || status === 404) throw new ChannelFault('misconfigured');
  if (status >= 300 && status < 400) throw new ChannelFault('misconfigured');
  if (status >= 500) throw new ChannelFault('server-error', retryAfterOf(headers['retry-after']));
  throw new ChannelFault('rejected');
}

const retryAfterOf = (value: string | string[] | undefined): number | null => {
  const seconds = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : null;
  return seconds === null ? null : Math.min(seconds, 3_600) * 1_000;
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

const blocked = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  blocked.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  blocked.addSubnet(network, bits, 'ipv6');

/** Of this machine, of a private network, or of none. An IPv4 address in IPv6 clothes is judged as what it is. */
export function isPrivate(address: string): boolean {
  const kind = isIP(address);
  if (kind === 0) return true;
  return blocked.check(address, kind === 6 ? 'ipv6' : 'ipv4');
}

const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookupAny(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 0);
    const open = addresses.filter(({ address }) => !isPrivate(address));
    const [first] = open;
    if (!first || open.length < addresses.length)
      return callback(Object.assign(new Error('private'), { code: 'EPRIVATE' }), '', 0);
    if (options.all) return callback(null, open as never);
    return callback(null, first.address, first.family);
  });
};
