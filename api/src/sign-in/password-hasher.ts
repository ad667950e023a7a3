import { hash, verify } from '@node-rs/argon2';
import { refuse } from '../http/refusals.ts';

export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** With `null` the same work is done against a hash nobody knows, so that the answer takes as long. */
  verify(stored: string | null, password: string, lane: Lane): Promise<boolean>;
}

/** Whoever the program knows goes before strangers, so that no flood of guesses keeps people from their own device. */
type Lane = 'known' | 'stranger';

// OWASP's first choice for Argon2id with memory to spare; about 90 ms on two cores.
// 2 is Argon2id; the package's enum is ambient and cannot be named here.
const strength = { algorithm: 2, memoryCost: 65_536, timeCost: 3, parallelism: 1 };

/** Some two seconds of work: a class signing in at once fits, a flood does not. */
const queueLimit = 40;

/** Two at a time: each takes 64 MiB, and a burst of sign-ins must not starve everything else. */
export function argon2Hasher(atOnce = 2): PasswordHasher {
  const waiting: Record<Lane, (() => void)[]> = { known: [], stranger: [] };
  let running = 0;
  async function limited<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
    // Nobody waits for minutes behind a flood of guesses; 503 says to try again.
    if (waiting[lane].length >= queueLimit) refuse('service.unavailable', { retryAfterSeconds: 3 });
    if (running >= atOnce) await new Promise<void>((resolve) => waiting[lane].push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.known.shift() ?? waiting.stranger.shift();
      if (next) next();
      else running -= 1;
    }
  }
  let decoy: Promise<string> | undefined;
  return {
    // New passwords are made for people who are signed in, or founding a school.
    hash: (password) => limited('known', () => hash(password, strength)),
    verify: async (stored, password, lane) => {
      const against = stored ?? (await (decoy ??= hash(crypto.randomUUID(), strength)));
      const matches = await limited(lane, () => verify(against, password));
      return matches && stored !== null;
    },
  };
}
