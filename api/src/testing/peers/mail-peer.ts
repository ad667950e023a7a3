import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

interface Letter {
  readonly to: readonly string[];
  /** Head and body as they came. */
  readonly raw: string;
  readonly at: number;
}

export interface MailPeer {
  readonly port: number;
  readonly letters: Letter[];
  /** The next so many letters are refused with this SMTP code. */
  refuse(code: number, times?: number): void;
  stop(): Promise<void>;
}

/** A real SMTP server that keeps what it takes. */
export async function startMailPeer(): Promise<MailPeer> {
  const letters: Letter[] = [];
  let refusing = { code: 0, left: 0 };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (refusing.left > 0) {
          refusing.left -= 1;
          return done(Object.assign(new Error('not now'), { responseCode: refusing.code }));
        }
        letters.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString('utf8'),
          at: Date.now(),
        });
        return done();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    letters,
    refuse: (code, times = 1) => (refusing = { code, left: times }),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
