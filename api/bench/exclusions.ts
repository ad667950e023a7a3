import { sql } from 'kysely';
import { startTestApi } from '../src/testing/index.ts';
import type { Requester, TestApi } from '../src/testing/index.ts';
import { emptySample, measure, rowOf } from './measure.ts';
import type { Row } from './measure.ts';

const alerts = 200_000;
const excluded = 20;

/** Closed alerts of many years on the pupils of the school, each with one reason. */
async function fill(api: TestApi, schoolId: number): Promise<void> {
  await api.admin.begin(async (trx) => {
    // Nobody listens: the trigger that tells each change stays still.
    await trx`set local session_replication_role = replica`;
    await trx`
      insert into app.alerts (school_id, id, pupil_id, grade_id, class_id, colour, tier, status, counsellor_only, guardian_locked, mandatory_report,
        needs_review, first_raised_at, raised_at, ack_clock, ack_due_at)
      select p.school_id, gen_random_uuid(), p.id, p.grade_id, p.class_id, 'blue', 'class', 'closed', false, false, false,
        'no-holder', now(), now(), 'blue', now() - n * interval '1 minute'
      from generate_series(1, ${alerts}::int) n
      join (select *, row_number() over () - 1 as at, count(*) over () as of from app.pupils where school_id = ${schoolId}) p on p.at = n % p.of`;
    await trx`
      insert into app.alert_reasons (school_id, alert_id, pupil_id, position, grade_id, class_id, counsellor_only, rule, colour, tier, codes, weeks)
      select school_id, id, pupil_id, 1, grade_id, class_id, false, 'R9', 'blue', 'class', '{MOO01}', '{}' from app.alerts
      where school_id = ${schoolId} and status = 'closed' on conflict do nothing`;
  });
  await api.admin`analyze app.alerts`;
  await api.admin`analyze app.alert_reasons`;
}

const questions: Readonly<Record<string, string>> = {
  'count all alerts': 'select count(*) from app.alerts',
  'count all reasons': 'select count(*) from app.alert_reasons',
  'first page of alerts':
    'select id from app.alerts where school_id = (select sec.school()) order by ack_due_at, id limit 51',
};

async function ask(api: TestApi, who: Requester, label: string, each: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, text] of Object.entries(questions)) {
    const job = () =>
      api.deps.db.asActor(who.context, async (trx) => {
        await sql.raw(text).execute(trx);
      });
    await measure(
      emptySample(),
      1,
      Array.from({ length: 3 }, () => job),
    );
    const sample = emptySample();
    await measure(
      sample,
      1,
      Array.from({ length: each }, () => job),
    );
    rows.push(rowOf(`${name}, ${label}`, 1, sample));
  }
  return rows;
}

/** What keeping people away costs those who read much: a counsellor over 200,000 alerts, kept away from nobody, from 20, and without the policies. */
export async function measureExclusions(seededUrl: string, each: number): Promise<Row[]> {
  const api = await startTestApi(seededUrl);
  const who = await api.as('zixun');
  await fill(api, who.schoolId);
  const nobody = await ask(api, who, 'kept from 0', each);
  await api.admin`
    insert into app.exclusions (school_id, id, person_id, pupil_id, grade_id, class_id, kind, decided_by)
    select school_id, gen_random_uuid(), ${who.personId}, id, grade_id, class_id, 'relative', ${who.personId}
    from app.pupils where school_id = ${who.schoolId} order by id limit ${excluded}`;
  const some = await ask(api, who, `kept from ${excluded}`, each);
  await api.admin`drop policy alerts_excluded on app.alerts`;
  await api.admin`drop policy alert_reasons_excluded on app.alert_reasons`;
  const bare = await ask(api, who, 'no policy', each);
  await api.stop();
  return bare.flatMap((row, at) => [row, nobody[at] ?? row, some[at] ?? row]);
}
