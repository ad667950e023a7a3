import type { Sql } from 'postgres';
import { whileHeld, whileKilling, whileRefusing } from './database.ts';
import { signIn } from './factors.ts';
import { observe } from './school.ts';
import type { CanarySchool, World } from './school.ts';

/** The database fails in every way we know while people write: what the program and PostgreSQL say of it is searched. */
export async function failWhileWriting(world: World, school: CanarySchool): Promise<number> {
  const { admin, canaries } = world;
  const { people, pupils, passwords } = school;
  const { lead, teacher, counsellor, seatA, seatB } = people;
  const words = (name: string) => canaries.text('refused', `${name}, while the database failed`);
  const observation = (name: string) => ({
    ...observe(canaries, 'words', pupils[3]?.id, { indicators: ['MOO02'] }),
    words: words(name),
  });
  // Broken requests were wrong guesses too.
  await admin`delete from app.sign_in_attempts`;
  await signIn(school, seatB);
  await whileRefusing(admin, 'observation_details', () =>
    seatA.send('POST', '/observations', observation('words')),
  );
  await whileRefusing(admin, 'alert_events', () =>
    teacher.send('POST', '/observations', { ...observation('emergency'), veryWorried: true }),
  );
  const months = await seatB.get<{ months: { month: string }[] }>('/monthly-reports/mine');
  await whileRefusing(admin, 'monthly_report_bodies', () =>
    seatB.send('POST', '/monthly-reports', {
      month: months.months[0]?.month,
      kindness: words('kindness'),
      zeroReport: true,
      observations: [],
    }),
  );
  await whileRefusing(admin, 'reporter_openings', async () => {
    const [own] = await admin<{ id: string }[]>`select id from app.observations limit 1`;
    const proof = { password: passwords.lead, code: lead.codes.pop() };
    await lead.post('/session/step-up', { ...proof, purpose: 'follow_up' });
    await lead.send('POST', `/observations/${own?.id}/reporter`, { reason: words('reason') });
  });
  await failForTheAdministrator(world, school, words);
  await whileHeld(admin, () => counsellor.send('POST', '/observations', observation('held')));
  const killed = await whileKilling(admin, () =>
    Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        counsellor.send('POST', '/observations', observation(`killed ${at}`)),
      ),
    ),
  );
  const report = observe(canaries, 'words while nobody could be told', pupils[4]?.id, {
    veryWorried: true,
  });
  await whileTellingFails(admin, () =>
    // The connections that were ended are made anew first.
    until('the report was not taken', async () => {
      const sent = await counsellor.send('POST', '/observations', report);
      return sent?.status === 201;
    }),
  );
  return killed;
}

/** Names and passwords: a row that is there twice, and rows that are refused. */
async function failForTheAdministrator(
  { admin, canaries }: World,
  { people, code, passwords }: CanarySchool,
  words: (name: string) => string,
): Promise<void> {
  const account = (name: string, taken?: string) => ({
    kind: 'staff',
    name: canaries.text('name', `${name}, while the database failed`),
    title: '',
    account: taken ?? canaries.latin('name', `account of ${name}`),
    password: words(`password of ${name}`),
    grants: [],
  });
  await people.admin.send('POST', '/accounts', account('name that is taken', people.lead.account));
  await whileRefusing(admin, 'accounts', () =>
    people.admin.send('POST', '/accounts', account('refused account')),
  );
  await whileRefusing(admin, 'sessions', () =>
    people.leader.send('POST', '/session', {
      school: code,
      account: people.leader.account,
      password: passwords.leader,
    }),
  );
  const file = Buffer.from(
    `学号,姓名,性别,班级,备注\nS3000,${canaries.han('words', 'pupil of a file that was never applied')},女,七(1)班,${words('remark')}\n`,
  );
  const upload = () =>
    people.admin.send('POST', '/roster-imports?fileName=refused.csv', file, {
      'content-type': 'application/octet-stream',
    });
  await whileRefusing(admin, 'roster_imports', upload);
  const previewed = await upload();
  const { id } = JSON.parse(previewed?.body.toString() ?? '{}') as { id?: string };
  await whileRefusing(admin, 'pupils', () =>
    people.admin.send('POST', `/roster-imports/${id}/application`, {}),
  );
}

/** The outbox fails some times, and then delivers. */
async function whileTellingFails(admin: Sql, work: () => Promise<unknown>): Promise<void> {
  const attempts = async (least: number) =>
    (await admin`select from app.outbox where delivered_at is null and attempts >= ${least}`)
      .length > 0;
  await whileRefusing(admin, 'notices', async () => {
    await work();
    await until('no delivery failed', () => attempts(1));
  });
  await until('the outbox does not empty', async () => {
    await admin`update app.outbox set next_at = now() where delivered_at is null`;
    return !(await attempts(0));
  });
}

async function until(otherwise: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 90_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(otherwise);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
