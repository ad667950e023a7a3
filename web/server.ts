import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { faultOf, guardedServer } from '@shaodian/api';
import type { Log } from '@shaodian/api';

type Fetch = (request: Request) => Response | Promise<Response>;
type NodeHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface WebServerOptions {
  readonly apiFetch: Fetch;
  readonly log: Log;
  /** SvelteKit's built handler, or the development server's. */
  readonly pages: NodeHandler;
  /** Believe x-forwarded-proto of a proxy in front; otherwise this server is what the browser talks to. */
  readonly trustProxy: boolean;
}

/** One process, one port: `/api` goes to Hono, the rest to SvelteKit, which reaches the API without the network. */
export function createWebServer(options: WebServerOptions): Server {
  const apiFetch = (request: Request): Response | Promise<Response> =>
    options.apiFetch(options.trustProxy ? asSeenByBrowser(request) : request);
  // The built pages carry their own copy of every module; the two meet at these registered symbols.
  const shared = globalThis as unknown as Record<symbol, unknown>;
  shared[Symbol.for('shaodian.apiFetch')] = options.apiFetch;
  shared[Symbol.for('shaodian.logPageFault')] = (error: unknown, route: string | null) =>
    options.log.error({ ...faultOf(error), ...(route ? { route } : {}) }, 'page failed');
  const api = getRequestListener(apiFetch, { overrideGlobalObjects: false });
  const isHttps = (request: IncomingMessage): boolean =>
    options.trustProxy && request.headers['x-forwarded-proto'] === 'https';
  return guardedServer((request, response) => {
    if (!options.trustProxy) {
      // SvelteKit takes the scheme from this header; a client must not choose it.
      request.headers['x-forwarded-proto'] = 'http';
      delete request.headers['x-forwarded-host'];
    }
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if (path === '/api' || path.startsWith('/api/')) void api(request, response);
    else void options.pages(request, response);
  }, isHttps);
}

function asSeenByBrowser(request: Request): Request {
  if (request.headers.get('x-forwarded-proto') !== 'https') return request;
  const url = new URL(request.url);
  url.protocol = 'https:';
  return new Request(url, request);
}

/** Listens, or says that the port is taken. */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new PortTakenError(port) : error),
    );
    server.listen(port, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

export class PortTakenError extends Error {
  override name = 'PortTakenError';
  constructor(port: number) {
    super(
      `PORT: ${port} is taken by another program. Stop it, or choose another: PORT=${port + 1} npm run demo`,
    );
  }
}
