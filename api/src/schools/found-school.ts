import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import type { SetUpInput } from './schools.schemas.ts';

/** The term a new school starts in; edited later. Autumn runs from September to January, spring from February to July. */
function firstTerm(now: Date): { name: string; startsOn: string; endsOn: string } {
  const year = now.getUTCFullYear();
  const month = now.getUTCMonth() + 1;
  if (month >= 2 && month <= 7)
    return {
      name: `${year - 1}–${year} 第二学期`,
      startsOn: `${year}-02-15`,
      endsOn: `${year}-07-15`,
    };
  const start = month === 1 ? year - 1 : year;
  return {
    name: `${start}–${start + 1} 第一学期`,
    startsOn: `${start}-09-01`,
    endsOn: `${start + 1}-01-31`,
  };
}

/**
 * First-run set-up: the first school with its administrator and its lead counsellor, who holds every alert until there is a roster.
 * @throws Refusal resource.not-found once any school exists
 */
export async function foundSchool(
  deps: Pick<Deps, 'db' | 'passwords' | 'newId' | 'now'>,
  input: SetUpInput,
): Promise<{ school: string }> {
  const { school, administrator, lead } = input;
  const [administratorHash, leadHash] = [
    await deps.passwords.hash(administrator.password),
    await deps.passwords.hash(lead.password),
  ];
  const id = deps.newId;
  const grantIds = [id(), id(), id(), id(), id()];
  const term = firstTerm(deps.now());
  try {
    await deps.db.asNobody((trx) =>
      sql`select sec.found_school(${school.code}, ${school.name}, ${id()}, ${administrator.name}, ${id()}, ${administrator.account},
        ${administratorHash}, ${id()}, ${lead.name}, ${id()}, ${lead.account}, ${leadHash}, ${grantIds}::uuid[], ${deps.now()},
        ${term.name}, ${term.startsOn}, ${term.endsOn})`.execute(trx),
    );
  } catch (error) {
    if ((error as { code?: string }).code === '42501') return refuse('resource.not-found');
    throw error;
  }
  return { school: school.code };
}
