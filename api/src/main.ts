import { serve } from '@hono/node-server';
import { startApi } from './compose.ts';
import { readEnvironment } from './env.ts';

// The API alone, without the web.
const environment = readEnvironment(process.env);
const api = await startApi(environment, process.argv.includes('--demo') ? 'demo' : 'school', {
  fresh: false,
});
const server = serve({ fetch: api.app.fetch, port: environment.port }, ({ port }) =>
  api.log.info({ port }, 'API listening'),
);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    server.close(() => undefined);
    void api.stop().then(() => process.exit(0));
  });
