import type { CrashPoint } from '../testing/statement-proxy.ts';

const stored = /^insert into "idempotency_records"/;
const settled = /^update "outbox"/;

/**
 * The moments at which the program is killed, in the order in which a submission comes to them; then those of a delivery. They are recognised by the
 * statements on the way to the database, so the program knows nothing of them.
 */
export const crashPoints: Readonly<Record<string, CrashPoint>> = {
  'before the report is stored': { when: 'before', statement: /^insert into "monthly_reports"/ },
  'before an observation is stored': { when: 'before', statement: /^insert into "observations"/ },
  'after an observation is stored': { when: 'after', statement: /^insert into "observations"/ },
  'before the alert is raised': { when: 'before', statement: /^insert into "alerts"/ },
  'before the outbox is written': { when: 'before', statement: /^insert into "outbox"/ },
  'before the answer is stored': { when: 'before', statement: stored },
  'before the audit chain is continued': { when: 'before', statement: /sec\.audit_append/ },
  'after the audit chain is continued': { when: 'after', statement: /sec\.audit_append/ },
  'before the commit': { when: 'before', statement: /^commit/, having: stored },
  'after the commit, before its answer': { when: 'after', statement: /^commit/, having: stored },
  'before a notice is written': { when: 'before', statement: /^insert into "notices"/ },
  'after a notice is written': { when: 'after', statement: /^insert into "notices"/ },
  'before a delivery is committed': { when: 'before', statement: /^commit/, having: settled },
  'after a delivery is committed': { when: 'after', statement: /^commit/, having: settled },
};
