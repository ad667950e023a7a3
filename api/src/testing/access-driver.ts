import type { AccessRun } from './access-run.ts';

/** Asks for one route as everybody, about rows of every relation. */
export type Driver = (run: AccessRun, route: string) => Promise<void>;
export type Drivers = Readonly<Record<string, Driver>>;
