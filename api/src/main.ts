import { getRequestListener } from '@hono/node-server';
import { startApi } from './compose.ts';
import { readEnvironment } from './env.ts';
import { guardedServer } from './http/guarded-server.ts';

// The API alone, without the web.
const environment = readEnvironment(process.env);
const api = await startApi(environment, process.argv.includes('--demo') ? 'demo' : 'school', {
  fresh: false,
});
const listener = getRequestListener(api.app.fetch, { overrideGlobalObjects: false });
const server = guardedServer((request, response) => void listener(request, response));
server.listen(environment.port, () => api.log.info({ port: environment.port }, 'API listening'));
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    server.close(() => undefined);
    void api.stop().then(() => process.exit(0));
  });
