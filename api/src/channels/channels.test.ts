import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { colours } from '@shaodian/rules';
import { startPeers } from '../testing/peers/start-peers.ts';
import type { Peers } from '../testing/peers/start-peers.ts';
import { ChannelFault, channelConfigSchema, channelKinds } from './channel.ts';
import type { ChannelConfig, OutgoingMessage } from './channel.ts';
import { messageKinds, messageWords } from './message-words.ts';
import { perMinute, waitMs } from './pace.ts';
import { isPrivate } from './post-json.ts';
import { sendThrough } from './send-through.ts';
import { isSigned, signedHeaders } from './standard-webhooks.ts';

let peers: Peers;
beforeAll(async () => {
  peers = await startPeers();
});
afterAll(() => peers.stop());

const options = { now: () => new Date(), timeoutMs: 400, allowPrivate: true };
const message = (): OutgoingMessage => ({
  id: randomUUID(),
  to: 'duty@school.example',
  ...messageWords('alert_to_acknowledge', 'red', 'zh-CN'),
  link: 'http://localhost:3000/m/1',
  event: { type: 'alert.raised', timestamp: '2026-11-24T02:00:00.000Z', data: { alert: 'x' } },
});
const outcome = (config: ChannelConfig, changes: Partial<typeof options> = {}) =>
  sendThrough(config, message(), { ...options, ...changes }).then(
    ({ state }) => state as string,
    (fault: unknown) => {
      expect(fault).toBeInstanceOf(ChannelFault);
      return (fault as ChannelFault).code as string;
    },
  );

describe('each channel', () => {
  test.each(channelKinds)('%s reaches a peer that checks what it is sent', async (kind) => {
    const before = peers.http.received.length + peers.mail.letters.length;
    expect(await outcome(peers.configs[kind])).toBe(kind === 'webhook' ? 'delivered' : 'sent');
    expect(peers.http.received.length + peers.mail.letters.length).toBe(before + 1);
    expect(peers.http.refused).toEqual([]);
  });

  test('a letter is plain, says that a program wrote it, and keeps to its head', async () => {
    const evil = { ...message(), title: '红色预警\r\nBcc: somebody@else.example' };
    await sendThrough(peers.configs.email, evil, options);
    const letter = peers.mail.letters.at(-1);
    expect(letter?.to).toEqual(['duty@school.example']);
    expect(letter?.raw).toMatch(/Auto-Submitted: auto-generated/);
    expect(letter?.raw).not.toMatch(/^Bcc:/m);
  });

  test.each(['dingtalk', 'feishu', 'ringing', 'webhook'] as const)(
    '%s with another secret is a channel set up wrongly',
    async (kind) => {
      const wrong = channelConfigSchema.parse({
        ...peers.configs[kind],
        secret: 'another secret',
      });
      expect(await outcome(wrong)).toBe('misconfigured');
    },
  );

  test.each([
    ['wecom', 'error-in-body', 'rejected'],
    ['dingtalk', 'error-in-body', 'rejected'],
    ['feishu', 'error-in-body', 'rejected'],
    ['ringing', 'error-in-body', 'bad-answer'],
    ['wecom', 'throttle', 'throttled'],
    ['dingtalk', 'throttle', 'throttled'],
    ['feishu', 'throttle', 'throttled'],
    ['ringing', 'throttle', 'throttled'],
    ['wecom', 'hang', 'timeout'],
    ['feishu', 'drip', 'timeout'],
    ['ringing', 'drop', 'connection'],
    ['dingtalk', 'garbage', 'bad-answer'],
    ['webhook', 'redirect', 'misconfigured'],
    ['ringing', 'server-error', 'server-error'],
    ['wecom', 'huge', 'bad-answer'],
    ['webhook', 'gone', 'gone'],
  ] as const)('%s: %s is %s', async (kind, how, code) => {
    peers.http.misbehave(kind, how);
    expect(await outcome(peers.configs[kind])).toBe(code);
    expect(await outcome(peers.configs[kind])).toMatch(/sent|delivered/);
  });

  test.each([
    [550, 'rejected'],
    [451, 'throttled'],
    [421, 'throttled'],
  ])('a mail server that answers %s: %s', async (code, expected) => {
    peers.mail.refuse(code);
    expect(await outcome(peers.configs.email)).toBe(expected);
  });

  test('nobody there is a lost connection', async () => {
    const nobody = { kind: 'wecom', url: 'http://127.0.0.1:9/x' } as const;
    expect(await outcome(nobody)).toBe('connection');
    const noMail = { ...peers.configs.email, port: 9 } as ChannelConfig;
    expect(await outcome(noMail)).toBe('connection');
  });

  test('none reaches into the private network, by address or by name', async () => {
    const closed = { allowPrivate: false };
    for (const url of [
      'https://127.0.0.1/x',
      'https://[::1]/x',
      'https://169.254.169.254/latest',
      'https://10.1.2.3/x',
      'https://localhost/x',
      'http://example.org/x',
    ])
      expect(await outcome({ kind: 'wecom', url }, closed), url).toBe('address-refused');
  });
});

describe('addresses', () => {
  test.each([
    ['8.8.8.8', false],
    ['172.15.255.255', false],
    ['172.16.0.0', true],
    ['172.31.255.255', true],
    ['172.32.0.0', false],
    ['::1', true],
    ['::ffff:10.0.0.1', true],
    ['2400:3200::1', false],
    ['fd00::1', true],
    ['not an address', true],
  ])('%s private: %s', (address, expected) => expect(isPrivate(address)).toBe(expected));
});

describe('the pace', () => {
  const someTimes = fc.array(fc.integer({ min: 0, max: 200_000 }), { maxLength: 300 });

  test('is never more than the limit in any minute, whoever asks when', () => {
    fc.assert(
      fc.property(fc.constantFrom(...channelKinds), someTimes, (kind, asked) => {
        const sent: number[] = [];
        let clock = 0;
        for (const at of asked.sort((a, b) => a - b)) {
          clock = Math.max(clock, at);
          clock += waitMs(kind, sent, clock);
          expect(waitMs(kind, sent, clock)).toBe(0);
          sent.push(clock);
        }
        const limit = perMinute[kind] ?? Infinity;
        for (const [index, first] of sent.entries())
          expect(sent.slice(index).filter((at) => at < first + 60_000).length).toBeLessThanOrEqual(
            limit,
          );
      }),
    );
  });

  test('waits for nothing while there is room', () => {
    const nineteen = Array.from({ length: 19 }, (_, index) => index);
    expect(waitMs('wecom', nineteen, 100)).toBe(0);
    expect(waitMs('wecom', [...nineteen, 19], 100)).toBe(60_900);
    expect(waitMs('wecom', [...nineteen, 19], 61_000)).toBe(0);
  });
});

describe('what a message says', () => {
  test('is a sentence for every kind, colour and language, and nothing that was put in', () => {
    for (const kind of messageKinds)
      for (const colour of colours)
        for (const locale of ['zh-CN', 'en'] as const) {
          const { title, text } = messageWords(kind, colour, locale, 3);
          expect(title.length).toBeGreaterThan(3);
          expect(text.length).toBeGreaterThan(3);
          expect(`${title}${text}`).not.toMatch(/undefined|[七八九年]|class|name/);
        }
  });
});

describe('a signed request', () => {
  const secret = `whsec_${Buffer.from('a secret of twenty-four!').toString('base64')}`;
  const at = new Date('2026-11-24T02:00:00.000Z');
  const signed = (body: string) => {
    const headers = signedHeaders(secret, 'm1', body, at);
    return {
      id: 'm1',
      timestamp: headers['webhook-timestamp'] ?? '',
      signature: headers['webhook-signature'] ?? '',
      body,
    };
  };
  const later = (seconds: number) => new Date(at.getTime() + seconds * 1_000);

  test('is believed for five minutes, whichever of several signatures is right', () => {
    const request = signed('{}');
    expect(isSigned(secret, request, later(300))).toBe(true);
    expect(isSigned(secret, request, later(301))).toBe(false);
    expect(isSigned(secret, request, later(-301))).toBe(false);
    expect(isSigned(secret, { ...request, signature: `v1,AAAA ${request.signature}` }, at)).toBe(
      true,
    );
  });

  test('is refused with another body, id, time, secret or version', () => {
    const request = signed('{}');
    for (const changed of [
      { ...request, body: '{ }' },
      { ...request, id: 'm2' },
      { ...request, timestamp: String(Number(request.timestamp) + 1) },
      { ...request, timestamp: 'x' },
      { ...request, signature: request.signature.replace('v1,', 'v0,') },
      { ...request, signature: '' },
    ])
      expect(isSigned(secret, changed, at)).toBe(false);
    expect(isSigned('another secret', request, at)).toBe(false);
  });
});

describe('what a channel needs', () => {
  test.each([
    'not an address',
    'ftp://example.org/x',
    'https://name:word@example.org/x',
    'data:text/plain,x',
    '',
  ])('is refused with the address %j', (url) => {
    expect(channelConfigSchema.safeParse({ kind: 'wecom', url }).success).toBe(false);
  });
});
