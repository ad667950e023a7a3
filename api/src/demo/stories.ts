import { localDate } from '@shaodian/rules';
import type { IndicatorCode } from '@shaodian/rules';
import { recordMandatoryReport, recordStep } from '../clocks/record-step.ts';
import { acknowledgeAlert } from '../alerts/acknowledge-alert.ts';
import { acknowledgeCluster, recordMeeting } from '../clusters/answer-cluster.ts';
import { listClusters } from '../clusters/clusters.reads.ts';
import type { Deps } from '../deps.ts';
import { excludePerson } from '../exclusions/exclude-person.ts';
import { decideProposals } from '../grants/decide-proposals.ts';
import type { Actor } from '../http/types.ts';
import { requestErasure } from '../erasures/request-erasure.ts';
import { submitReport } from '../monthly-reports/submit-report.ts';
import { recordObservation } from '../observations/record-observation.ts';
import type { ObservationInput } from '../observations/observations.schemas.ts';
import { approver, propose } from './appoint.ts';
import { demoActor, once } from './demo-actor.ts';
import type { DemoSchool, Seat } from './demo-school.ts';

type StoryDeps = Pick<Deps, 'db' | 'master' | 'newId' | 'log'>;

interface Story {
  readonly className: string;
  readonly seat: 'A' | 'B';
  readonly hoursAgo: number;
  /** The n-th pupil of the class list after the seats. */
  readonly pupil: number;
  readonly indicators: readonly IndicatorCode[];
  readonly words: string;
  readonly aboutWhom?: ObservationInput['aboutWhom'];
  /** The police were told of it. */
  readonly reported?: true;
  /** Who acknowledged, how long after, and with what next step. */
  readonly answered?: {
    readonly staffNo: string;
    readonly afterMinutes: number;
    readonly nextStep: 'talk_today' | 'talk_within_three_days' | 'go_to_pupil';
  };
}

type Answered = NonNullable<Story['answered']>;

/** `answered`: who, how many minutes later, and the next step. */
function story(
  className: string,
  seat: 'A' | 'B',
  hoursAgo: number,
  pupil: number,
  indicators: readonly IndicatorCode[],
  words: string,
  answered?: readonly [Answered['staffNo'], Answered['afterMinutes'], Answered['nextStep']],
): Story {
  const base = { className, seat, hoursAgo, pupil, indicators, words };
  if (!answered) return base;
  const [staffNo, afterMinutes, nextStep] = answered;
  return { ...base, answered: { staffNo, afterMinutes, nextStep } };
}

const stories: readonly Story[] = [
  // This term's earlier months, all answered.
  story('八(1)班', 'A', 24 * 76, 5, ['SUI04'], '说没有她大家会更好。', ['T118', 18, 'talk_today']),
  story('九(3)班', 'B', 24 * 68, 4, ['HEA01', 'MOO01'], '白天一直睡，问他就说没事。', [
    'T022',
    900,
    'talk_within_three_days',
  ]),
  story('七(5)班', 'B', 24 * 49, 6, ['MOO06'], '晚自习哭得停不下来。', ['T118', 40, 'talk_today']),
  story('九(6)班', 'A', 24 * 41, 7, ['SUI02'], '说攒了药，还告诉了我日子。', [
    'T123',
    3,
    'go_to_pupil',
  ]),
  story('八(6)班', 'B', 24 * 36, 9, ['SUI07'], '手腕上有新的伤。', ['T119', 22, 'talk_today']),
  // The last weeks.
  story('八(5)班', 'A', 24 * 20, 7, ['SUI01'], '一个人在顶楼楼梯口坐着哭。', [
    'T123',
    4,
    'go_to_pupil',
  ]),
  // With the one of the day before, two of a class: somebody called the meeting, and it was held.
  story('八(5)班', 'B', 24 * 19, 9, ['SUI09'], '说走不出来了，谁也帮不了他。', [
    'T118',
    15,
    'talk_today',
  ]),
  {
    ...story('八(2)班', 'B', 24 * 12, 3, ['BUL02'], '有几个人一直给他起外号。'),
    aboutWhom: 'classmate',
  },
  story('七(1)班', 'B', 24 * 9, 4, ['MOO01', 'MOO02'], '最近两个星期课间都趴着，叫他打球也不去。', [
    'T002',
    200,
    'talk_within_three_days',
  ]),
  story('七(3)班', 'A', 24 * 4, 6, ['SUI07'], '体育课看到手臂上有新的划痕。', [
    'T118',
    12,
    'talk_today',
  ]),
  story('九(4)班', 'A', 24 * 3, 8, ['ANX01'], '模拟考前手一直抖。', [
    'T023',
    600,
    'talk_within_three_days',
  ]),
  {
    ...story('九(1)班', 'B', 20, 5, ['ABU01'], '说爸爸又打他了，不想回家。', [
      'T118',
      9,
      'talk_today',
    ]),
    aboutWhom: 'family',
    reported: true,
  },
  // Two who noticed for themselves: blue while it was one, yellow and the grade head's since.
  story('七(3)班', 'A', 30, 11, ['MOO02'], '以前最爱画画，现在美术课也不动笔。'),
  story('七(3)班', 'B', 2, 11, ['ANX02'], '这周请了两次假，说害怕来学校。'),
  story('七(1)班', 'A', 5, 9, ['SOC01'], '她突然不和我们一起吃饭了。'),
];

/** Last month's reports of most seats, and a few pupils somebody noticed: through the same use cases as a real day. */
export async function playStories(
  deps: StoryDeps,
  school: DemoSchool,
  seats: readonly Seat[],
  now: Date,
): Promise<void> {
  await handInReports(deps, school, seats, now);
  for (const one of stories) await play(deps, school, seats, now, one);
  await meetAboutClusters(
    { ...deps, now: () => new Date(now.getTime() - (24 * 19 - 3) * 3_600_000) },
    school,
  );
  await askForErasure(deps, school, seats);
  await declareRelative(deps, school, seats, now);
  await proposeRoles({ ...deps, now: () => now }, school);
}

/** The lead counsellor took each on the day it was raised, and the meeting was held. */
async function meetAboutClusters(
  deps: StoryDeps & Pick<Deps, 'now'>,
  school: DemoSchool,
): Promise<void> {
  const lead = demoActor(deps, school.id, school.staff.get('T118') ?? '');
  for (const { id } of (await listClusters(deps, lead)).items) {
    await acknowledgeCluster(deps, lead, id, once());
    await recordMeeting(deps, lead, id, once());
  }
}

/** A substitute counsellor waits for a school leader's word; another proposal was refused. */
async function proposeRoles(
  deps: StoryDeps & Pick<Deps, 'now'>,
  school: DemoSchool,
): Promise<void> {
  const person = (staffNo: string) => school.staff.get(staffNo) ?? '';
  const refused = await propose(deps, school, [
    { personId: person('T107'), role: 'data_protection_officer' },
  ]);
  await decideProposals(deps, approver(deps, school, 'T121'), refused, 'refuse', once());
  const until = new Date(Date.now() + 60 * 86_400_000).toISOString();
  await propose(deps, school, [{ personId: person('T106'), role: 'counsellor', until }]);
}

// Somebody left the school: the administrator asked, and a second person's word is waited for.
async function askForErasure(
  deps: StoryDeps,
  school: DemoSchool,
  seats: readonly Seat[],
): Promise<void> {
  const seat = seats.at(-1);
  if (!seat) return;
  const reporter = demoActor(deps, school.id, seat.personId);
  const pupilId = await pickPupil(deps, reporter, seats, seat, 20);
  const administrator = demoActor(deps, school.id, school.administratorId);
  await requestErasure(deps, administrator, pupilId, { reason: 'left_school' }, once());
}

/** The pupil whom 七(1)班 noticed last is a relative of the biology teacher: the lead counsellor keeps him away. */
async function declareRelative(
  deps: StoryDeps,
  school: DemoSchool,
  seats: readonly Seat[],
  now: Date,
): Promise<void> {
  const noticed = stories.at(-1);
  const seat = seats.find(
    (one) => one.className === noticed?.className && one.seat === noticed.seat,
  );
  const person = school.staff.get('T105');
  if (!noticed || !seat || !person) return;
  const reporter = demoActor(deps, school.id, seat.personId);
  const pupilId = await pickPupil(deps, reporter, seats, seat, noticed.pupil);
  const lead = demoActor(deps, school.id, school.staff.get('T118') ?? '');
  const input = { person, kind: 'relative' as const };
  await excludePerson({ ...deps, now: () => now }, lead, pupilId, input, once());
}

async function handInReports(
  deps: StoryDeps,
  school: DemoSchool,
  seats: readonly Seat[],
  now: Date,
): Promise<void> {
  const today = localDate(now.toISOString(), 'Asia/Shanghai');
  const month = localDate(
    new Date(Date.parse(`${today.slice(0, 7)}-01T00:00:00Z`) - 86_400_000).toISOString(),
    'Asia/Shanghai',
  ).slice(0, 7);
  // 七(1)班 seat A is left for whoever tries the demo; every seventh seat forgot.
  const diligent = seats.filter(
    (seat, index) => !(seat.className === '七(1)班' && seat.seat === 'A') && index % 7 !== 3,
  );
  const monthStart = Date.parse(`${today.slice(0, 7)}-01T00:00:00Z`);
  for (const [index, seat] of diligent.entries()) {
    // Spread over the days until the report is due; the last few are late.
    const at = new Date(monthStart + index * (index < diligent.length - 4 ? 2.4 : 4.2) * 3_600_000);
    const input = { month, kindness: null, zeroReport: true, observations: [] };
    await submitReport(
      { ...deps, now: () => (at < now ? at : now) },
      demoActor(deps, school.id, seat.personId),
      input,
      once(),
    );
  }
}

async function play(
  deps: StoryDeps,
  school: DemoSchool,
  seats: readonly Seat[],
  now: Date,
  story: Story,
): Promise<void> {
  const seat = seats.find((one) => one.className === story.className && one.seat === story.seat);
  if (!seat) return;
  const at = new Date(now.getTime() - story.hoursAgo * 3_600_000);
  const reporter = demoActor(deps, school.id, seat.personId);
  const pupilId = await pickPupil(deps, reporter, seats, seat, story.pupil);
  await recordObservation(
    { ...deps, now: () => at },
    reporter,
    {
      pupilId,
      indicators: [...story.indicators],
      veryWorried: false,
      knownBy: 'seen',
      sinceWhen: 'this_week',
      howOften: 'several',
      aboutWhom: story.aboutWhom ?? null,
      words: story.words,
      observedOn: localDate(at.toISOString(), 'Asia/Shanghai'),
    },
    once(),
  );
  if (story.answered) await answer(deps, school, pupilId, { ...story, at }, story.answered);
}

async function pickPupil(
  deps: StoryDeps,
  reporter: Actor,
  seats: readonly Seat[],
  seat: Seat,
  position: number,
): Promise<string> {
  const seated = seats.filter((one) => one.classId === seat.classId).map((one) => one.personId);
  const rows = await deps.db.asActor(reporter, (trx) =>
    trx
      .selectFrom('pupils')
      .select('id')
      .where('school_id', '=', reporter.schoolId)
      .where('class_id', '=', seat.classId)
      .where('id', 'not in', seated)
      .orderBy('name')
      .orderBy('id')
      .limit(position + 1)
      .execute(),
  );
  const pupil = rows.at(-1);
  if (!pupil) throw new Error('the demo class has no pupil left');
  return pupil.id;
}

async function answer(
  deps: StoryDeps,
  school: DemoSchool,
  pupilId: string,
  { hoursAgo, reported, at }: Story & { readonly at: Date },
  by: Answered,
): Promise<void> {
  const actor = demoActor(deps, school.id, school.staff.get(by.staffNo) ?? '');
  const alert = await deps.db.asActor(actor, (trx) =>
    trx
      .selectFrom('alerts')
      .select('id')
      .where('school_id', '=', school.id)
      .where('pupil_id', '=', pupilId)
      .executeTakeFirst(),
  );
  if (!alert) throw new Error('the demo alert is not visible to the one who answers');
  const minutesLater = (minutes: number) => ({
    ...deps,
    now: () => new Date(at.getTime() + minutes * 60_000),
  });
  const input = { nextStep: by.nextStep, note: '' };
  await acknowledgeAlert(minutesLater(by.afterMinutes), actor, alert.id, input, once());
  const contact = { step: 'contact', way: 'beside', note: '' } as const;
  await recordStep(minutesLater(by.afterMinutes + 2), actor, alert.id, contact, once());
  if (reported) {
    const receipt = { receipt: '派出所受理回执（虚构）' };
    await recordMandatoryReport(minutesLater(13), actor, alert.id, receipt, once());
  }
  // What happened since yesterday is still being assessed.
  if (hoursAgo <= 24) return;
  const assessment = { step: 'assessment', way: 'less_than_feared', note: '' } as const;
  await recordStep(minutesLater(by.afterMinutes + 40), actor, alert.id, assessment, once());
  const guardian = { step: 'guardian', way: 'call', note: '' } as const;
  await recordStep(minutesLater(by.afterMinutes + 50), actor, alert.id, guardian, once());
}
