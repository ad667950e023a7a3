import { listOf } from './access-of-school.ts';
import { askAbout, askPlainly, idOf, signedIn, visibleIds } from './access-run.ts';
import type { AccessRun, Asking } from './access-run.ts';
import type { Driver, Drivers } from './access-driver.ts';
import { testMaster } from './test-deps.ts';

const plainly: Driver = async (run, name) => {
  for (const who of run.asking) await askPlainly(run, name, who);
};

const readReaders: Driver = async (run, name) => {
  const ids = Object.values(run.world.pupils);
  const rows = run.rows('pupils').filter((row) => ids.includes(idOf(row)));
  for (const who of run.asking) for (const row of rows) await askAbout(run, name, who, row);
};

const pageSize = 200;

/** What others did about a pupil whom the person is kept away from: row security cannot tell, the program leaves it out. */
async function hiddenFrom(run: AccessRun, { actor, as }: Asking): Promise<ReadonlySet<number>> {
  if (!as || actor.excludedFrom.length === 0) return new Set();
  const { schoolId, personId } = as;
  const subjects = actor.excludedFrom.map((id) => testMaster.markOf(schoolId, 'audit-subject', id));
  const rows = await run.world.api.admin<{ seq: string }[]>`
    select seq from app.audit_entries where school_id = ${schoolId} and subjects && ${subjects} and person_id is distinct from ${personId}`;
  return new Set(rows.map((row) => Number(row.seq)));
}

// Asking is itself recorded: only entries that were there before are compared.
const listAudit: Driver = async (run, name) => {
  for (const who of run.asking) await askPlainly(run, name, who);
  for (const who of signedIn(run)) {
    await run.refresh();
    const hidden = await hiddenFrom(run, who);
    const seqs = visibleIds(run, 'audit_entries', who)
      .map(Number)
      .filter((seq) => !hidden.has(seq));
    const last = Math.max(...run.rows('audit_entries').map((row) => Number(row.key.split('/')[1])));
    const { body } = await run.ask(who, 'GET', `/audit?limit=${pageSize}`);
    const { items } = body as { items: { seq: number }[] };
    const got = items.map((one) => one.seq).filter((seq) => seq <= last);
    const expected = seqs
      .sort((a, b) => b - a)
      .slice(0, got.length < items.length ? got.length : pageSize);
    run.judge({ route: name, who, row: null, what: 'newest entries' }, got, expected);
  }
};

/** A notice of each class and colour, and one of one's own. */
const markSeen: Driver = async (run, name) => {
  const rows = run.rows('notices');
  const kinds = new Map(rows.map((row) => [[row.school, row.class, row.colour].join(), row]));
  for (const who of run.asking) {
    const own = rows.filter((row) => row.person === who.as?.personId).slice(0, 2);
    for (const row of new Set([...kinds.values(), ...own]))
      await askAbout(run, name, who, row, { body: {} });
  }
};

/** What a person was told, and what the chain keeps of everybody. */
export const ofTrust: Drivers = {
  'GET /notices': listOf('notices', '/notices?limit=100'),
  'POST /notices/{id}/seen': markSeen,
  'GET /audit': listAudit,
  'GET /audit/chain': plainly,
  'GET /audit/verification': plainly,
  'GET /audit/counts': plainly,
  'GET /pupils/{id}/readers': readReaders,
};
