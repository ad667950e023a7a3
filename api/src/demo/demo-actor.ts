import { randomUUID } from 'node:crypto';
import type { Deps } from '../deps.ts';
import type { OnceRequest } from '../http/once.ts';
import { sha256 } from '../http/session.ts';
import type { Actor } from '../http/types.ts';

/** A request of the demo: each is made once. */
export const once = (): OnceRequest => ({
  key: randomUUID(),
  route: 'demo',
  payloadSha256: sha256('demo'),
});

/** A person of the demo acting without a session. */
export const demoActor = (
  deps: Pick<Deps, 'master'>,
  schoolId: number,
  personId: string,
): Actor => ({
  kind: 'person',
  schoolId,
  personId,
  mark: deps.master.markOf(schoolId, 'reporter', personId),
  accountId: personId,
  accountName: 'demo',
  sessionId: personId,
  sessionEndsAt: new Date(8.64e15),
  steppedUp: null,
});
