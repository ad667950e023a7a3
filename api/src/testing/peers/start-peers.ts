import type { ChannelConfig } from '../../channels/channel.ts';
import { startHttpPeers } from './http-peers.ts';
import type { HttpPeers } from './http-peers.ts';
import { startMailPeer } from './mail-peer.ts';
import type { MailPeer } from './mail-peer.ts';

export interface Peers {
  readonly http: HttpPeers;
  readonly mail: MailPeer;
  /** A channel of each kind that reaches these peers. */
  readonly configs: { readonly [Kind in ChannelConfig['kind']]: ChannelConfig };
  stop(): Promise<void>;
}

/** The outside world: a mail server, three group bots, a ringing gateway and a webhook, which check, limit and misbehave. */
export async function startPeers(): Promise<Peers> {
  const [http, mail] = [await startHttpPeers(), await startMailPeer()];
  const { dingtalk, feishu, standard } = http.secrets;
  return {
    http,
    mail,
    configs: {
      email: {
        kind: 'email',
        host: '127.0.0.1',
        port: mail.port,
        security: 'none',
        user: '',
        password: '',
        from: 'shaodian@school.example',
      },
      wecom: { kind: 'wecom', url: http.url('wecom') },
      dingtalk: { kind: 'dingtalk', url: http.url('dingtalk'), secret: dingtalk },
      feishu: { kind: 'feishu', url: http.url('feishu'), secret: feishu },
      ringing: { kind: 'ringing', url: http.url('ringing'), secret: standard, mode: 'voice' },
      webhook: { kind: 'webhook', url: http.url('webhook'), secret: standard },
    },
    stop: async () => {
      await http.stop();
      await mail.stop();
    },
  };
}
