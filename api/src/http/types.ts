import type { Context as HonoContext } from 'hono';
import type { SteppedUp } from '../db/context.ts';
import type { Deps } from '../deps.ts';
import type { Locale } from './refusals.ts';

/** The person of a session, as use cases know them. `kind`, `schoolId`, `personId`, `mark` and `steppedUp` are what the database verifies. */
export interface Actor {
  readonly kind: 'person';
  readonly schoolId: number;
  readonly personId: string;
  readonly mark: string;
  readonly accountId: string;
  readonly accountName: string;
  readonly sessionId: string;
  readonly sessionEndsAt: Date;
  readonly steppedUp: SteppedUp | null;
}

export interface Env {
  Variables: { deps: Deps; locale: Locale; actor: Actor; requestId: string };
}
export type ApiContext = HonoContext<Env>;
