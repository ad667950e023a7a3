import type { Verifications } from './audit/verifications.ts';
import type { MasterKey } from './crypto/master-key.ts';
import type { ShredList } from './crypto/shred-list.ts';
import type { Database } from './db/database.ts';
import type { AlertFeed } from './live/alert-feed.ts';
import type { Log } from './log/log.ts';
import type { PasswordHasher } from './sign-in/password-hasher.ts';

/** What use cases are handed. Only `compose` makes the real ones. */
export interface Deps {
  readonly db: Database;
  readonly master: MasterKey;
  readonly passwords: PasswordHasher;
  readonly feed: AlertFeed;
  readonly log: Log;
  /** Domain time: alerts, clocks, history. Sessions and signatures never use it. */
  readonly now: () => Date;
  readonly newId: () => string;
  /** Of the audit chains, with what of them is kept outside the database. */
  readonly verifications: Verifications;
  /** What was erased, kept apart from the database. */
  readonly shreds: ShredList;
  /** How messages leave, and where their links lead. */
  readonly outside: OutsideSettings;
  /** Present in demo mode: everybody is invented, and one-click sign-in is offered. */
  readonly demo: DemoNames | null;
}

interface OutsideSettings {
  /** Such as `https://shaodian.school.example`. */
  readonly publicUrl: string;
  readonly timeoutMs: number;
  /** Channels may reach this machine and private networks, and speak http. */
  readonly allowPrivate: boolean;
}

export interface DemoNames {
  namesOf(school: string, account: string): { readonly name: string; readonly schoolName: string };
}
