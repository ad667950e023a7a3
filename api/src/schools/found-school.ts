import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import { refuseWeakPassword } from '../sign-in/refuse-weak-password.ts';
import type { SetUpInput } from './schools.schemas.ts';

const termsOf = (year: number): { name: string; startsOn: string; endsOn: string }[] => [
  { name: `${year}–${year + 1} 第一学期`, startsOn: `${year}-09-01`, endsOn: `${year + 1}-01-25` },
  {
    name: `${year}–${year + 1} 第二学期`,
    startsOn: `${year + 1}-02-20`,
    endsOn: `${year + 1}-07-10`,
  },
];

/** The terms a new school starts with, until its own calendar is entered: this school year and the two after it. */
function firstTerms(now: Date): { name: string; startsOn: string; endsOn: string }[] {
  const year = now.getUTCMonth() >= 7 ? now.getUTCFullYear() : now.getUTCFullYear() - 1;
  return [year, year + 1, year + 2].flatMap(termsOf);
}

/**
 * First-run set-up: the first school with its administrator and its lead counsellor, who holds every alert until there is a roster.
 * @throws Refusal resource.not-found once any school exists, account.password-weak
 */
export async function foundSchool(
  deps: Pick<Deps, 'db' | 'passwords' | 'newId' | 'now'>,
  input: SetUpInput,
): Promise<{ school: string }> {
  const { school, administrator, lead } = input;
  const existing = await deps.db.asNobody((trx) =>
    sql`select from sec.list_schools()`.execute(trx),
  );
  if (existing.rows.length > 0) return refuse('resource.not-found');
  for (const { account, name, password } of [administrator, lead])
    refuseWeakPassword(password, [account, name, school.code, school.name]);
  const [administratorHash, leadHash] = [
    await deps.passwords.hash(administrator.password),
    await deps.passwords.hash(lead.password),
  ];
  const id = deps.newId;
  const grantIds = [id(), id(), id(), id(), id()];
  const terms = firstTerms(deps.now());
  try {
    await deps.db.asNobody((trx) =>
      sql`select sec.found_school(${school.code}, ${school.name}, ${id()}, ${administrator.name}, ${id()}, ${administrator.account},
        ${administratorHash}, ${id()}, ${lead.name}, ${id()}, ${lead.account}, ${leadHash}, ${grantIds}::uuid[], ${deps.now()},
        ${terms.map((term) => term.name)}::text[],
        ${terms.map((term) => term.startsOn)}::date[], ${terms.map((term) => term.endsOn)}::date[])`.execute(
        trx,
      ),
    );
  } catch (error) {
    if ((error as { code?: string }).code === '42501') return refuse('resource.not-found');
    throw error;
  }
  return { school: school.code };
}
