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

/** What a session still waits for: a code, or the setting up of a second factor. Only a whole one reaches more than its next step. */
export type SessionStage = 'whole' | 'code' | 'enrolment';

export interface Env {
  Variables: {
    deps: Deps;
    locale: Locale;
    actor: Actor;
    stage: SessionStage;
    requestId: string;
  };
}
export type ApiContext = HonoContext<Env>;
