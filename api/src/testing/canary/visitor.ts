import { randomUUID } from 'node:crypto';

/** A request and what came back, kept for the search. */
export interface Exchange {
  readonly who: string;
  /** `METHOD /path` with ids as they were. */
  readonly request: string;
  readonly sent: unknown;
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** Whoever speaks to the API; every answer is kept in `exchanges`, every cookie in `cookies`. */
export class Visitor {
  readonly name: string;
  readonly cookies = new Map<string, string>();
  /** Every token that was ever given. */
  readonly tokens: string[] = [];
  /** The name of the account, when there is one. */
  account = '';
  /** Recovery codes that were not used yet. */
  codes: string[] = [];
  readonly #url: () => string;
  readonly #exchanges: Exchange[];

  constructor(name: string, url: () => string, exchanges: Exchange[]) {
    this.name = name;
    this.#url = url;
    this.#exchanges = exchanges;
  }

  get url(): string {
    return this.#url();
  }

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** One attempt; null when the connection ended without an answer. */
  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Exchange | null> {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const answer = await fetch(`${this.#url()}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(this.cookies.size > 0 ? { cookie: this.cookie } : {}),
        ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    }).catch((error: Error) => (error.name === 'TypeError' ? null : Promise.reject(error)));
    const bytes = await answer?.arrayBuffer().catch(() => null);
    if (!answer || !bytes) return null;
    for (const line of answer.headers.getSetCookie()) this.#keep(line);
    const exchange = {
      who: this.name,
      request: `${method} ${path}`,
      sent: body,
      status: answer.status,
      headers: answer.headers,
      body: Buffer.from(bytes),
    };
    this.#exchanges.push(exchange);
    return exchange;
  }

  /** @throws when it is refused */
  async ask<T>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<T> {
    const exchange = await this.send(method, path, body, headers);
    if (!exchange || exchange.status >= 300)
      throw new Error(`${method} ${path} answered ${exchange?.status}: ${exchange?.body}`);
    return (exchange.body.length > 0 ? JSON.parse(exchange.body.toString('utf8')) : null) as T;
  }

  readonly get = <T>(path: string) => this.ask<T>('GET', path);
  readonly post = <T>(path: string, body: unknown) => this.ask<T>('POST', path, body);

  #keep(line: string): void {
    const [pair = ''] = line.split(';');
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    if (value === '') return void this.cookies.delete(name);
    this.cookies.set(name, value);
    this.tokens.push(value);
  }
}
