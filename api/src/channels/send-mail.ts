import { createTransport } from 'nodemailer';
import { ChannelFault } from './channel.ts';
import type { ConfigOf, OutgoingMessage, SendOptions, Sent } from './channel.ts';

/** One plain letter over SMTP. That the server took it says nothing of whether it arrived. */
export async function sendMail(
  config: ConfigOf<'email'>,
  message: OutgoingMessage,
  options: SendOptions,
): Promise<Sent> {
  if (message.to === null) throw new ChannelFault('misconfigured');
  const transport = createTransport({
    host: config.host,
    port: config.port,
    secure: config.security === 'tls',
    requireTLS: config.security === 'starttls',
    ignoreTLS: config.security === 'none',
    ...(config.user && { auth: { user: config.user, pass: config.password } }),
    connectionTimeout: options.timeoutMs,
    greetingTimeout: options.timeoutMs,
    socketTimeout: options.timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ChannelFault('timeout')), options.timeoutMs);
  });
  try {
    const sending = transport.sendMail({
      from: config.from,
      to: { name: '', address: message.to },
      subject: message.title,
      text: [message.text, message.link].filter(Boolean).join('\n\n'),
      messageId: `<${message.id}@shaodian>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    sending.catch(() => undefined);
    const { rejected } = await Promise.race([sending, late]);
    if (rejected.length > 0) throw new ChannelFault('rejected');
    return { state: 'sent', reference: null };
  } catch (error) {
    throw error instanceof ChannelFault ? error : new ChannelFault(faultOf(error as SmtpError));
  } finally {
    clearTimeout(timer);
    transport.close();
  }
}

interface SmtpError extends Error {
  readonly code?: string;
  readonly responseCode?: number;
}

function faultOf({ code, responseCode }: SmtpError): ChannelFault['code'] {
  if (code === 'EAUTH') return 'misconfigured';
  if (responseCode === 421 || responseCode === 450 || responseCode === 451 || responseCode === 452)
    return 'throttled';
  if (responseCode !== undefined && responseCode >= 500) return 'rejected';
  if (code === 'ETIMEDOUT') return 'timeout';
  return 'connection';
}
