import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { statementReader } from './statement-reader.ts';

/**
 * A moment in the life of a transaction, recognised by the statements that pass. `before`: the statement has not reached the database.
 * `after`: the database has carried it out, and the answer has not reached the program.
 */
export interface CrashPoint {
  readonly when: 'before' | 'after';
  readonly statement: RegExp;
  /** A statement that the same transaction has sent earlier. */
  readonly having?: RegExp;
}

/** The way from the program to the database. It sees each statement by its text, and can stop one at a named point. */
export interface StatementProxy {
  /** The address to hand to the program; it stays while the database behind it changes. */
  readonly url: string;
  /** Resolves when a transaction has come to the point; by then `onReached` has run, and nothing more passes on that connection. */
  arm(point: CrashPoint, onReached: () => void): Promise<void>;
  pointTo(targetUrl: string): void;
  stop(): Promise<void>;
}

interface Trap {
  readonly point: CrashPoint;
  readonly spring: () => void;
}

export async function statementProxy(targetUrl: string): Promise<StatementProxy> {
  let target = new URL(targetUrl);
  let trap: Trap | null = null;
  const open = new Set<Socket>();

  /** Whether one of the statements is the point that is waited for. */
  function matches(transaction: string[], statements: readonly string[]): boolean {
    for (const text of statements) {
      if (/^begin/i.test(text)) transaction.length = 0;
      const { point } = trap ?? {};
      if (
        point?.statement.test(text) &&
        (!point.having || transaction.some((one) => point.having?.test(one)))
      )
        return true;
      transaction.push(text);
    }
    return false;
  }

  function takeTrap(): Trap | null {
    const taken = trap;
    trap = null;
    return taken;
  }

  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    const read = statementReader();
    const transaction: string[] = [];
    let stopped = false;
    let onAnswer: (() => void) | null = null;
    open.add(near);
    near.on('error', () => {}).on('close', () => (open.delete(near), far.destroy()));
    far.on('error', () => {}).on('close', () => near.destroy());
    near.on('data', (chunk: Buffer) => {
      if (stopped) return;
      if (!matches(transaction, read(chunk))) return void far.write(chunk);
      const taken = takeTrap();
      stopped = true;
      if (taken?.point.when === 'after') {
        onAnswer = taken.spring;
        far.write(chunk);
      } else taken?.spring();
    });
    far.on('data', (chunk: Buffer) => {
      if (!stopped) return void near.write(chunk);
      onAnswer?.();
      onAnswer = null;
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(targetUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    arm: (point, onReached) =>
      new Promise((resolve) => {
        trap = {
          point,
          spring: () => {
            onReached();
            resolve();
          },
        };
      }),
    pointTo: (newTarget) => (target = new URL(newTarget)),
    stop: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
