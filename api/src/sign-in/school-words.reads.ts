import type { ActorTransaction } from '../db/database.ts';

/** The names that everybody at the school knows. */
export async function readSchoolWords(trx: ActorTransaction, schoolId: number): Promise<string[]> {
  const school = await trx
    .selectFrom('schools')
    .select(['code', 'name'])
    .where('id', '=', schoolId)
    .executeTakeFirst();
  return school ? [school.code, school.name] : [];
}
