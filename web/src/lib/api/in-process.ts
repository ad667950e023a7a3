type ApiFetch = (request: Request) => Response | Promise<Response>;
type LogPageFault = (error: unknown, route: string | null) => void;

// API and pages run in one process, but the built pages bundle their own copy of every module: the two meet at registered symbols, set
// by the server that mounts both, and not at an import.
const handedOver = (name: string): unknown =>
  (globalThis as unknown as Record<symbol, unknown>)[Symbol.for(`shaodian.${name}`)];

/** The API's fetch, or undefined where no server has handed one over. */
export const findApiFetch = (): ApiFetch | undefined =>
  handedOver('apiFetch') as ApiFetch | undefined;

/** Where a fault of a page is told, or undefined where no server has handed the log over. */
export const findPageFaultLog = (): LogPageFault | undefined =>
  handedOver('logPageFault') as LogPageFault | undefined;
