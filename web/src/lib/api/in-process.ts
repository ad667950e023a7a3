type ApiFetch = (request: Request) => Response | Promise<Response>;

/**
 * The API's fetch, or undefined where no server has handed one over. API and pages run in one
 * process, but the built pages bundle their own copy of every module: the two meet at a registered
 * symbol, set by the server that mounts both, and not at an import.
 */
export function findApiFetch(): ApiFetch | undefined {
  return (globalThis as unknown as Record<symbol, ApiFetch | undefined>)[
    Symbol.for('shaodian.apiFetch')
  ];
}
