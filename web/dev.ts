import { readEnvironment, startApi } from '@shaodian/api';
import { createServer as createViteServer } from 'vite';
import { createWebServer, listen } from './server.ts';

// The demo with pages that reload as they are edited.
const environment = readEnvironment(process.env);
const api = await startApi(environment, 'demo', { fresh: false });
const vite = await createViteServer({
  root: import.meta.dirname,
  server: { middlewareMode: true },
  appType: 'custom',
});
const server = createWebServer({
  apiFetch: api.app.fetch,
  log: api.log,
  pages: (request, response) => vite.middlewares(request, response),
  trustProxy: environment.trustProxy,
});
console.log(`http://localhost:${await listen(server, environment.port)}`);
process.once('SIGINT', () => {
  server.closeAllConnections();
  void Promise.all([vite.close(), api.stop()]).then(() => process.exit(0));
});
