import { z } from 'zod';

export const channelKinds = ['email', 'wecom', 'dingtalk', 'feishu', 'ringing', 'webhook'] as const;
export type ChannelKind = (typeof channelKinds)[number];

const url = z
  .url({ protocol: /^https?$/ })
  .max(1_000)
  .refine((text) => {
    // Also asked of what is no address at all.
    const { username, password } = URL.canParse(text)
      ? new URL(text)
      : { username: '', password: '' };
    return username === '' && password === '';
  }, 'no name and password in the address');
const secret = z.string().trim().min(8).max(200);

/** What a channel needs to send; kept sealed. */
export const channelConfigSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('email'),
    host: z.string().trim().min(1).max(253),
    port: z.number().int().min(1).max(65_535),
    security: z.enum(['tls', 'starttls', 'none']),
    user: z.string().max(254).default(''),
    password: z.string().max(200).default(''),
    from: z.email().max(254),
  }),
  // The key in the address is the secret.
  z.strictObject({ kind: z.literal('wecom'), url }),
  z.strictObject({ kind: z.literal('dingtalk'), url, secret }),
  z.strictObject({ kind: z.literal('feishu'), url, secret }),
  z.strictObject({ kind: z.literal('ringing'), url, secret, mode: z.enum(['sms', 'voice']) }),
  z.strictObject({ kind: z.literal('webhook'), url, secret }),
]);
export type ChannelConfig = z.infer<typeof channelConfigSchema>;
export type ConfigOf<Kind extends ChannelKind> = Extract<ChannelConfig, { kind: Kind }>;

/** One message on its way out. Whoever writes one has no name, class or word of anybody to put into it. */
export interface OutgoingMessage {
  /** The other side recognises by it what it has had already. */
  readonly id: string;
  /** An e-mail address or a telephone number; null for groups and webhooks. */
  readonly to: string | null;
  readonly title: string;
  readonly text: string;
  readonly link: string | null;
  /** For webhooks: ids and codes only. */
  readonly event?: {
    readonly type: string;
    readonly timestamp: string;
    readonly data: Readonly<Record<string, string | number | null>>;
  };
}

/** `sent`: the other side took it. `delivered`: it says that it arrived. */
export interface Sent {
  readonly state: 'sent' | 'delivered';
  /** How the other side calls it. */
  readonly reference: string | null;
}

export const channelFaultCodes = [
  'timeout',
  'connection',
  'address-refused',
  'throttled',
  'rejected',
  'bad-answer',
  'misconfigured',
  'server-error',
  'gone',
] as const;
export type ChannelFaultCode = (typeof channelFaultCodes)[number];

const permanent: Readonly<Record<ChannelFaultCode, boolean>> = {
  timeout: false,
  connection: false,
  'address-refused': true,
  throttled: false,
  rejected: true,
  'bad-answer': false,
  misconfigured: true,
  'server-error': false,
  gone: true,
};

/** A message could not be sent. Its message is its code: what a server answers can quote what it was sent. */
export class ChannelFault extends Error {
  override name = 'ChannelFault';
  readonly code: ChannelFaultCode;
  /** When to try again, where the other side says so. */
  readonly retryAfterMs: number | null;

  constructor(code: ChannelFaultCode, retryAfterMs: number | null = null) {
    super(code);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether trying again is of no use before somebody changes something. */
  get isPermanent(): boolean {
    return permanent[this.code];
  }
}

export interface SendOptions {
  /** Real time: signatures are of now. */
  readonly now: () => Date;
  readonly timeoutMs: number;
  /** Addresses of this machine and of private networks may be reached, also over http: for tests and a gateway inside the school. */
  readonly allowPrivate: boolean;
}
