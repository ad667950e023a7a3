import { hc } from 'hono/client';
import type { App } from './app.ts';

/** The typed client: the only way in which the web knows the API. Types only, so no server code reaches a browser. */
export const createClient = (baseUrl: string, fetch: typeof globalThis.fetch) => hc<App>(baseUrl, { fetch });

export type Client = ReturnType<typeof createClient>;
