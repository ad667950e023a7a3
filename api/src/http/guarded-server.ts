import { STATUS_CODES, createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { httpsOnly, protections } from './protections.ts';

/** What one connection may cost before anybody has looked at what it wants. Said here and not left to the defaults of a Node version. */
export const serverLimits = {
  maxHeaderSize: 16 * 1024,
  headerCount: 100,
  headersTimeout: 20_000,
  // A roster of 5 MB over a line of half a megabit.
  requestTimeout: 120_000,
  keepAliveTimeout: 10_000,
} as const;

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** A server whose every answer carries the protections, also those that Node would give by itself. */
export function guardedServer(
  handle: RequestListener,
  isHttps: (request: IncomingMessage) => boolean = () => false,
): Server {
  const { headerCount, ...limits } = serverLimits;
  const server = createServer({
    ...limits,
    connectionsCheckingInterval: 5_000,
    // Asked below: Node's own refusal would carry no protections.
    requireHostHeader: false,
  });
  const protect = (request: IncomingMessage, response: ServerResponse): void => {
    const headers = { ...protections, ...(isHttps(request) ? httpsOnly : {}) };
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  };
  server.on('request', (request, response) => {
    protect(request, response);
    const status = refusedStatus(request, headerCount);
    if (status === null) handle(request, response);
    else endEarly(response, status);
  });
  server.on('checkExpectation', (request, response) => {
    protect(request, response);
    endEarly(response, 417);
  });
  server.on('connect', (_request, socket) => endRaw(socket, 405));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    endRaw(socket, clientErrorStatus[error.code ?? ''] ?? 400),
  );
  return server;
}

// Node's own names.
const clientErrorStatus: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

function refusedStatus(request: IncomingMessage, headerCount: number): number | null {
  // TRACE would repeat a cookie; the others mean nothing here.
  if (!methods.has(request.method ?? '')) return 405;
  if (request.rawHeaders.length / 2 > headerCount) return 431;
  // An absolute address or `*` belongs to a proxy, and no router of ours reads one.
  if (!request.url?.startsWith('/') || !request.headers.host) return 400;
  return null;
}

function endEarly(response: ServerResponse, status: number): void {
  if (status === 405) response.setHeader('allow', [...methods].join(', '));
  response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-length': 0 }).end();
}

function endRaw(socket: Duplex, status: number): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const lines = Object.entries(protections).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}content-length: 0\r\nconnection: close\r\n\r\n`,
  );
}
