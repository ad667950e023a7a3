import type { ChannelConfig, OutgoingMessage, SendOptions, Sent } from './channel.ts';
import { sendToDingtalk, sendToFeishu, sendToWecom } from './send-bots.ts';
import { sendMail } from './send-mail.ts';
import { callWebhook, ring } from './send-signed.ts';

/** Sends one message through one channel. @throws ChannelFault, and nothing else */
export async function sendThrough(
  config: ChannelConfig,
  message: OutgoingMessage,
  options: SendOptions,
): Promise<Sent> {
  switch (config.kind) {
    case 'email':
      return sendMail(config, message, options);
    case 'wecom':
      return sendToWecom(config, message, options);
    case 'dingtalk':
      return sendToDingtalk(config, message, options);
    case 'feishu':
      return sendToFeishu(config, message, options);
    case 'ringing':
      return ring(config, message, options);
    case 'webhook':
      return callWebhook(config, message, options);
  }
}
