/**
 * The API runs in the same process as the pages. The built server bundles its own copy of every
 * module, so the two meet at a registered symbol and not at an import.
 */
type ApiFetch = (request: Request) => Promise<Response>;

const seat = Symbol.for('shaodian.apiFetch');
const shared = globalThis as unknown as Record<symbol, ApiFetch | undefined>;

/** Hands the API's fetch to the pages; called once, by the server that mounts both. */
export function setApiFetch(apiFetch: ApiFetch): void {
  shared[seat] = apiFetch;
}

/** The API's fetch, or undefined while no server has handed one over. */
export function findApiFetch(): ApiFetch | undefined {
  return shared[seat];
}
