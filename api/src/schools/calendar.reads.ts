import type { Kysely } from 'kysely';
import type { SchoolCalendar } from '@shaodian/rules';
import type { DB } from '../db/types.generated.ts';

/** The school's calendar in the shape the rules count with. */
export async function readCalendar(trx: Kysely<DB>, schoolId: number): Promise<SchoolCalendar> {
  const school = await trx
    .selectFrom('schools')
    .select(['time_zone', 'bell_starts_at', 'bell_ends_at'])
    .where('id', '=', schoolId)
    .executeTakeFirstOrThrow();
  const terms = await trx
    .selectFrom('terms')
    .select(['starts_on', 'ends_on'])
    .where('school_id', '=', schoolId)
    .orderBy('starts_on')
    .execute();
  const days = await trx
    .selectFrom('calendar_days')
    .select(['day', 'kind'])
    .where('school_id', '=', schoolId)
    .execute();
  return {
    timeZone: school.time_zone,
    terms: terms.map((term) => ({ startsOn: term.starts_on, endsOn: term.ends_on })),
    exceptions: Object.fromEntries(
      days.map((day) => [day.day, day.kind as 'holiday' | 'school_day']),
    ),
    bells: { startsAt: school.bell_starts_at.slice(0, 5), endsAt: school.bell_ends_at.slice(0, 5) },
  };
}
