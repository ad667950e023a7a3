import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ChannelKind } from '../../channels/channel.ts';
import { isSignedForDingtalk, isSignedForFeishu, isStandardWebhook } from './signatures.ts';

type HttpKind = Exclude<ChannelKind, 'email'>;

/** What a peer can do instead of answering as it should. */
type Misbehaviour =
  | 'error-in-body'
  | 'throttle'
  | 'hang'
  | 'drip'
  | 'drop'
  | 'garbage'
  | 'redirect'
  | 'server-error'
  | 'huge'
  | 'gone';

interface Received {
  readonly kind: HttpKind;
  /** Whole, as it came: to search for what must not be in it. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly at: number;
}

export interface HttpPeers {
  readonly url: (kind: HttpKind) => string;
  readonly secrets: {
    readonly dingtalk: string;
    readonly feishu: string;
    readonly standard: string;
  };
  /** What was taken: signed rightly and within the limits. */
  readonly received: Received[];
  /** What was refused, and why. */
  readonly refused: string[];
  /** The next so many requests of a kind are answered in this way. */
  misbehave(kind: HttpKind, how: Misbehaviour, times?: number): void;
  stop(): Promise<void>;
}

const limits: Partial<Record<HttpKind, number>> = { wecom: 20, dingtalk: 20, feishu: 100 };
const wecomKey = 'c0ffee00-1234-4bcd-8def-0123456789ab';

const throttled: Partial<Record<HttpKind, object>> = {
  wecom: { errcode: 45009, errmsg: 'api freq out of limit' },
  dingtalk: { errcode: 130101, errmsg: 'send too fast, exceed 20 times per minute' },
  feishu: { code: 11232, msg: 'frequency limited' },
};
const badSignature: Partial<Record<HttpKind, object>> = {
  wecom: { errcode: 93000, errmsg: 'invalid webhook url' },
  dingtalk: { errcode: 310000, errmsg: 'sign not match' },
  feishu: {
    code: 19021,
    msg: 'sign match fail or timestamp is not within one hour from current time',
  },
};
const refusedInBody: Partial<Record<HttpKind, object>> = {
  wecom: { errcode: 40008, errmsg: 'invalid message type' },
  dingtalk: { errcode: 400105, errmsg: 'message type not supported' },
  feishu: { code: 10003, msg: 'invalid parameters' },
  ringing: { accepted: false, reason: 'no credit' },
};
const fine: Record<HttpKind, object> = {
  wecom: { errcode: 0, errmsg: 'ok' },
  dingtalk: { errcode: 0, errmsg: 'ok' },
  feishu: { code: 0, msg: 'success' },
  ringing: { accepted: true, reference: 'g-1' },
  webhook: {},
};

/** Servers of their own that stand for WeCom, DingTalk, Feishu, a ringing gateway and a webhook. */
export async function startHttpPeers(): Promise<HttpPeers> {
  const secrets = {
    dingtalk: 'SEC0123456789abcdef',
    feishu: 'feishu-secret-0123',
    standard: `whsec_${Buffer.from('a secret of twenty-four!').toString('base64')}`,
  };
  const received: Received[] = [];
  const refused: string[] = [];
  const misbehaving = new Map<HttpKind, { how: Misbehaviour; left: number }>();
  const drips = new Set<NodeJS.Timeout>();

  const isSigned = async (
    kind: HttpKind,
    url: URL,
    body: string,
    headers: Record<string, string>,
  ) => {
    if (kind === 'wecom') return url.searchParams.get('key') === wecomKey;
    if (kind === 'dingtalk') return isSignedForDingtalk(url.searchParams, secrets.dingtalk);
    if (kind === 'feishu') return isSignedForFeishu(JSON.parse(body), secrets.feishu);
    return isStandardWebhook(headers, body, secrets.standard);
  };

  const isOverLimit = (kind: HttpKind): boolean => {
    const limit = limits[kind];
    const lastMinute = received.filter((one) => one.kind === kind && one.at > Date.now() - 60_000);
    return limit !== undefined && lastMinute.length >= limit;
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://peer');
    const kind = url.pathname.slice(1) as HttpKind;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const reply = (status: number, content: object | undefined) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(content ?? {}));
    };
    const odd = misbehaving.get(kind);
    if (odd && odd.left > 0) {
      odd.left -= 1;
      refused.push(`${kind} ${odd.how}`);
      return misbehaveNow(odd.how, kind, response, reply);
    }
    if (!(await isSigned(kind, url, body, headers))) {
      refused.push(`${kind} signature`);
      return reply(badSignature[kind] ? 200 : 401, badSignature[kind]);
    }
    if (isOverLimit(kind)) {
      refused.push(`${kind} limit`);
      return reply(200, throttled[kind]);
    }
    received.push({ kind, body, headers, at: Date.now() });
    return reply(200, fine[kind]);
  }

  function misbehaveNow(
    how: Misbehaviour,
    kind: HttpKind,
    response: ServerResponse,
    reply: (status: number, content: object | undefined) => void,
  ): void {
    switch (how) {
      case 'error-in-body':
        return reply(200, refusedInBody[kind]);
      case 'throttle':
        return throttled[kind] ? reply(200, throttled[kind]) : reply(429, {});
      case 'hang':
        return;
      case 'drip': {
        response.writeHead(200);
        drips.add(setInterval(() => response.write(' '), 20));
        return;
      }
      case 'drop':
        response.destroy();
        return;
      case 'garbage':
        response.end('<html>not what was asked</html>');
        return;
      case 'redirect':
        response.writeHead(302, { location: 'http://169.254.169.254/' });
        response.end();
        return;
      case 'server-error':
        return reply(503, {});
      case 'huge':
        response.end('x'.repeat(1_000_000));
        return;
      case 'gone':
        return reply(410, {});
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: (kind) => `${base}/${kind}${kind === 'wecom' ? `?key=${wecomKey}` : ''}`,
    secrets,
    received,
    refused,
    misbehave: (kind, how, times = 1) => misbehaving.set(kind, { how, left: times }),
    stop: async () => {
      for (const drip of drips) clearInterval(drip);
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
