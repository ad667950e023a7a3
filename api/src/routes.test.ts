import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Answer, Sample, Seen } from './testing/refusals.ts';
import {
  documentOf,
  happensOnce,
  hidesTheInvisible,
  operationsOf,
  refusesBrokenBodies,
  refusesOtherOrigins,
  refusesStrangers,
  refusesUnknownQueries,
  send,
  watchAnswers,
} from './testing/refusals.ts';
import { recoveryCodeHash } from './second-factor/recovery-codes.ts';
import { codeNow, enrol } from './testing/authenticator.ts';
import type { Enrolled } from './testing/authenticator.ts';
import { asApprover, deliverAll, observationInput, startTestApi } from './testing/index.ts';
import type { Requester, TestApi } from './testing/index.ts';

let api: TestApi;
let seen: Seen;
let people: Record<
  | 'pupil'
  | 'teacher'
  | 'counsellor'
  | 'steppedUp'
  | 'steppingUp'
  | 'halfWay'
  | 'settingUp'
  | 'confirming'
  | 'renewing'
  | 'ending'
  | 'changing'
  | 'leader'
  | 'breaking'
  | 'admin'
  | 'officer'
  | 'approver',
  Requester
>;
let ids: Record<
  | 'alert'
  | 'observation'
  | 'report'
  | 'otherSession'
  | 'otherReport'
  | 'notice'
  | 'otherNotice'
  | 'reporting'
  | 'account',
  string
>;
let otherSchool: Record<'alert' | 'observation' | 'pupil' | 'account', string>;
let classmates: string[];
let newcomer: string;
let waitingProposal: string;
let otherGrant: string;

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  people = {
    pupil: await api.as('weiyuan-a'),
    teacher: await api.as('banzhuren'),
    counsellor: await api.as('xinli'),
    steppedUp: await api.as('zixun'),
    // Their cookies are no good afterwards.
    steppingUp: await api.as('nianji'),
    changing: await api.as('banzhuren-2'),
    halfWay: await halfWay(),
    settingUp: await api.as('banzhuren', 'qinghe'),
    confirming: await api.as('xinli', 'qinghe'),
    renewing: (factors.renewing = await enrol(api, await api.as('admin', 'qinghe'))).who,
    ending: (factors.ending = await enrol(api, await api.as('xiaozhang'))).who,
    leader: await api.as('deyu'),
    breaking: await api.as('xiaozhang'),
    admin: await api.as('admin'),
    officer: await api.as('baohu'),
    approver: await asApprover(api, 'deyu'),
  };
  await api.admin`update app.sessions set stepped_up_until = now() + interval '10 minutes', step_up_purpose = 'verify_report'
    where person_id = ${people.steppedUp.personId}`;
  await api.admin`update app.sessions set stepped_up_until = now() + interval '10 minutes', step_up_purpose = 'break_glass'
    where person_id = ${people.breaking.personId}`;
  const pupils = await (await people.pupil.get('/pupils')).json();
  classmates = (pupils as { items: { id: string }[] }).items
    .map((one) => one.id)
    .filter((id) => id !== people.pupil.personId);
  const stranger = await api.as('weiyuan-a', 'qinghe');
  const strangers = await (await stranger.get('/pupils')).json();
  const pupil = (strangers as { items: { id: string }[] }).items
    .map((one) => one.id)
    .find((id) => id !== stranger.personId);
  const elsewhere = await report(stranger, pupil ?? '');
  otherSchool = {
    alert: elsewhere.alert,
    observation: elsewhere.observation,
    pupil: pupil ?? '',
    account: await one`select id from app.accounts where person_id = ${stranger.personId}`,
  };
  const reported = await report(people.pupil, classmates[20] ?? '');
  const reporting = (await report(people.pupil, classmates[21] ?? '', 'ABU02')).alert;
  await deliverAll(api);
  ids = {
    ...reported,
    reporting,
    notice:
      await one`select id from app.notices where alert_id = ${reported.alert} and person_id = ${people.counsellor.personId}`,
    otherNotice:
      await one`select id from app.notices where alert_id = ${reported.alert} and person_id <> ${people.counsellor.personId}`,
    report:
      await one`select report_id as id from app.monthly_report_bodies where school_id = ${people.pupil.schoolId} limit 1`,
    otherReport:
      await one`select report_id as id from app.monthly_report_bodies where school_id = ${people.pupil.schoolId} offset 1 limit 1`,
    account: await one`select id from app.accounts where person_id = ${people.leader.personId}`,
    otherSession:
      await one`select id from app.sessions where person_id = ${people.leader.personId}`,
  };
  newcomer = await one`select id from app.staff where staff_no = 'T099'`;
  elsewhereClustered = await cluster((await api.as('xinli', 'qinghe')).schoolId);
  waitingProposal = await proposed('data_protection_officer');
  otherGrant =
    await one`select id from app.grants where school_id <> ${people.admin.schoolId} limit 1`;
  seen = watchAnswers(api);
});
afterAll(() => api.stop());

const factors: { renewing?: Enrolled; ending?: Enrolled } = {};
const recoveryCode = 'abcd-efgh-jkmn-pqrs-tvwx-yz01';
const staffId = (no: string) =>
  one`select s.id from app.staff s join app.schools c on c.id = s.school_id where c.code = 'jiangpan' and s.staff_no = ${no}`;

/** Somebody whose session waits for a code. */
async function halfWay(): Promise<Requester> {
  const { schoolId } = await api.as('admin');
  const who = await api.asPerson(schoolId, await staffId('T050'));
  await api.admin`update app.sessions set stage = 'code' where person_id = ${who.personId}`;
  await api.admin`insert into app.recovery_codes (school_id, person_id, code_sha256)
    values (${schoolId}, ${who.personId}, ${recoveryCodeHash(recoveryCode)})`;
  return who;
}

/** The account of somebody with a second factor. */
async function withFactor(): Promise<string> {
  const who = await api.asPerson(people.admin.schoolId, await staffId('T051'));
  await api.admin`insert into app.second_factors (school_id, id, person_id, kek_id, secret, confirmed_at, last_used_step, last_used_at)
    values (${who.schoolId}, gen_random_uuid(), ${who.personId}, 'x', 'x', now(), 0, now())`;
  return one`select id from app.accounts where person_id = ${who.personId}`;
}

const one = async (...query: Parameters<TestApi['admin']>): Promise<string> =>
  ((await api.admin(...query)) as unknown as { id: string }[])[0]?.id ?? '';

async function report(who: Requester, pupilId: string, code: 'SUI02' | 'ABU02' = 'SUI02') {
  const body = observationInput(pupilId, { indicators: [code], aboutWhom: 'classmate' });
  const observation = ((await (await who.post('/observations', body)).json()) as { id: string }).id;
  const alert =
    await one`select alert_id as id from app.alert_evidence where observation_id = ${observation}`;
  return { observation, alert };
}

interface Row {
  readonly as: keyof typeof people | null;
  readonly status: number;
  readonly path?: () => Promise<string> | string;
  readonly body?: () => unknown;
  readonly headers?: Record<string, string>;
  /** A creating route: the table it adds a row to, and the same request with another content. */
  readonly once?: { readonly table: string; readonly other: () => { body: unknown } };
  readonly upload?: true;
  readonly strictQuery?: true;
  /** Ids that exist and that this reader may not see. */
  readonly hidden?: () => readonly string[];
}

const month = async (): Promise<string> => {
  const mine = (await (await people.pupil.get('/monthly-reports/mine')).json()) as {
    months: { month: string; state: string }[];
  };
  return mine.months.find((at) => at.state !== 'submitted')?.month ?? '';
};
const csv = (name: string) =>
  new TextEncoder().encode(`学号,姓名,性别,年级,班级\nZ0001,${name},女,七年级,七(1)班\n`);
const upload = async (): Promise<string> => {
  const headers = { 'content-type': 'application/octet-stream' };
  const sent = await people.admin.post('/roster-imports?fileName=a.csv', csv('新同学'), headers);
  return ((await sent.json()) as { id: string }).id;
};
let openMonth = '';
let startedSecret = '';
const monthly = (kindness: string | null) => ({
  month: openMonth,
  kindness,
  zeroReport: true,
  observations: [],
});
const account = (name: string) => ({
  kind: 'staff',
  name: '许新来',
  title: '',
  account: name,
  password: 'a good password',
  grants: [],
});
const person = (name: string) => ({ name: '某人', account: name, password: 'a good password' });
const made = async (who: Requester, path: string, body: unknown): Promise<string> =>
  ((await (await who.post(path, body)).json()) as { id: string }).id;
const channel = () =>
  made(people.admin, '/channels', {
    name: `通道 ${(contacts += 1)}`,
    config: { kind: 'wecom', url: 'http://127.0.0.1:9/x' },
  });
const contactPoint = () =>
  made(people.teacher, '/account/contact-points', { kind: 'email', address: 'a@school.example' });
const message = async (): Promise<string> => {
  const id = await channel();
  return one`insert into app.messages (school_id, id, outbox_id, alert_id, person_id, channel_id, channel_kind, kind, colour, at, not_before, state)
    select o.school_id, gen_random_uuid(), o.id, ${ids.alert}, ${people.counsellor.personId}, ${id}, 'email', 'alert_to_know', 'red', now(), now(), 'sent'
    from app.outbox o where o.school_id = ${people.counsellor.schoolId} limit 1 returning id`;
};
const closing = {
  act: 'close',
  outcome: 'supported',
  reason: '谈过两次，睡眠和上课都好了。',
  raiseAgain: '再说起不想活，或者不吃饭。',
} as const;
/** A red alert that was answered, of which nothing is proposed. */
const answered = async (): Promise<string> => {
  await api.admin`update app.alert_proposals set state = 'declined', decided_at = now() where state = 'open'`;
  await api.admin`update app.alerts set status = 'acknowledged', colour = 'red', holder_id = ${people.counsellor.personId} where id = ${ids.alert}`;
  return ids.alert;
};
const closingProposal = async (): Promise<string> =>
  made(people.counsellor, `/alerts/${await answered()}/proposals`, closing);
/** One that runs, in which the leader was asked. Any other was stopped. */
const drill = async (): Promise<string> => {
  const { personId, schoolId } = people.leader;
  await api.admin`update app.drills set next_at = null, stopped_at = now(), stopped_by = ${personId} where next_at is not null`;
  const id = await made(people.leader, '/drills', { everyMinutes: 10, withOutside: false });
  await api.admin`insert into app.drill_calls (school_id, id, drill_id, position, person_id, asked_at)
    values (${schoolId}, gen_random_uuid(), ${id}, 1, ${personId}, now())`;
  return id;
};
const outsideContact = async (): Promise<string> => {
  const name = `值班室 ${(contacts += 1)}`;
  const body = { name, phone: '8000-9000', email: null };
  return ((await (await people.admin.post('/outside-contacts', body)).json()) as { id: string }).id;
};
let contacts = 0;
const turn = (day: string) => ({
  duty: 'counsellor',
  person: people.teacher.personId,
  phone: '8000-1209',
  startsAt: `${day}T00:00:00.000Z`,
  endsAt: `${day}T12:00:00.000Z`,
});
const planned = async (day: string): Promise<string> => {
  const made = await people.leader.post('/duty-slots', turn(day));
  return ((await made.json()) as { id: string }).id;
};
const away = (person: string) => ({
  person,
  startsAt: '2051-01-07T04:00:00.000Z',
  endsAt: '2051-01-07T08:00:00.000Z',
});
const standIn = (person: string) => ({
  ...away(person),
  endsAt: '2051-01-07T12:00:00.000Z',
  phone: null,
});
const absence = async (): Promise<string> => {
  const made = await people.leader.post('/absences', away(people.counsellor.personId));
  return ((await made.json()) as { id: string }).id;
};
/** One that nobody has answered for; those before are closed, since there is one open a place. */
const cluster = async (schoolId = people.counsellor.schoolId): Promise<string> => {
  await api.admin`update app.cluster_alerts set status = 'closed' where school_id = ${schoolId}`;
  return one`insert into app.cluster_alerts (school_id, id, subject, colour, status, counsellor_only, pupil_count, seen_from, seen_to, rung, asked,
      first_raised_at, raised_at, ack_due_at, meeting_due_at)
    values (${schoolId}, gen_random_uuid(), 'school', 'orange', 'open', false, 5, now(), now(), 'school', '{}', now(), now(), now(), now()) returning id`;
};
let elsewhereClustered = '';
const exclusion = async (): Promise<string> => {
  const body = { person: people.admin.personId, kind: 'declined' };
  const made = await people.counsellor.post(`/pupils/${classmates[9]}/exclusions`, body);
  return ((await made.json()) as { id: string }).id;
};
const proposal = (role: string) => ({
  personId: newcomer,
  role,
  reason: 'change_of_duty',
});
const proposed = async (role: string): Promise<string> => {
  const made = await people.admin.post('/grant-proposals', proposal(role));
  return ((await made.json()) as { id: string }).id;
};
const freshGrant = async (): Promise<string> => {
  const id = await proposed('school_leader');
  await people.approver.post(`/grant-proposals/${id}/decision`, { decision: 'approve' });
  return one`select id from app.grants where proposal_id = ${id}`;
};
const emptyBody = { body: () => ({}), other: () => ({ body: '{ }' }) };

const glassInput = {
  category: 'missing_pupil',
  reason: '孩子没有到校，家里也联系不上，要马上知道原因',
};
/** A break-glass that lasts; what lasted before has ended. */
const glass = async (): Promise<string> => {
  await api.admin`update app.break_glass set ended_at = now() where ended_at is null`;
  const path = `/pupils/${classmates[20]}/break-glass`;
  const made = await people.breaking.post(path, glassInput);
  return ((await made.json()) as { id: string }).id;
};

/** Every route with a request that it accepts. A new route without a row fails the first test. */
const rows: Record<string, Row> = {
  'GET /health': { as: null, status: 200 },
  'GET /openapi.json': { as: null, status: 200 },
  'GET /schools': { as: null, status: 200 },
  'GET /setup': { as: null, status: 200 },
  // There is a school already; founding one is tested beside it, on an empty database.
  'POST /setup': {
    as: null,
    status: 404,
    body: () => ({
      school: { code: 'third', name: '第三中学' },
      administrator: person('aa'),
      lead: person('bb'),
    }),
  },
  'GET /demo/cast': { as: null, status: 404 },
  'POST /session': {
    as: null,
    status: 201,
    body: () => ({ school: 'jiangpan', account: 'zixun', password: 'shaodian-demo' }),
  },
  'POST /session/second-factor': {
    as: 'halfWay',
    status: 201,
    body: () => ({ code: recoveryCode }),
  },
  'GET /account/second-factor': { as: 'teacher', status: 200 },
  'POST /account/second-factor': {
    as: 'settingUp',
    status: 201,
    body: () => ({ password: 'shaodian-demo' }),
  },
  'POST /account/second-factor/confirmation': {
    as: 'confirming',
    status: 201,
    path: async () => {
      const started = await people.confirming.post('/account/second-factor', {
        password: 'shaodian-demo',
      });
      startedSecret = ((await started.json()) as { secret: string }).secret;
      return '/account/second-factor/confirmation';
    },
    body: () => ({ code: codeNow(startedSecret) }),
  },
  'POST /account/second-factor/recovery-codes': {
    as: 'renewing',
    status: 201,
    body: () => ({ password: 'shaodian-demo', code: factors.renewing?.recoveryCodes[0] }),
  },
  'POST /account/second-factor/end': {
    as: 'ending',
    status: 204,
    body: () => ({ password: 'shaodian-demo', code: factors.ending?.recoveryCodes[0] }),
  },
  'POST /accounts/{id}/second-factor/reset': {
    as: 'admin',
    status: 204,
    path: async () => `/accounts/${await withFactor()}/second-factor/reset`,
    body: () => ({ password: 'shaodian-demo' }),
    hidden: () => [otherSchool.account],
  },
  'GET /session': { as: 'pupil', status: 200 },
  'POST /session/step-up': {
    as: 'steppingUp',
    status: 201,
    body: () => ({ password: 'shaodian-demo', purpose: 'follow_up' }),
  },
  'DELETE /session/step-up': { as: 'teacher', status: 204 },
  'POST /account/password': {
    as: 'changing',
    status: 204,
    body: () => ({ password: 'shaodian-demo', newPassword: 'a longer password' }),
  },
  'GET /sessions': { as: 'pupil', status: 200 },
  'DELETE /sessions/{id}': {
    as: 'teacher',
    status: 204,
    path: async () =>
      `/sessions/${await one`select id from app.sessions where person_id = ${(await api.as('banzhuren')).personId} order by created_at desc`}`,
    hidden: () => [ids.otherSession],
  },
  'GET /classes': { as: 'teacher', status: 200 },
  'GET /pupils': { as: 'teacher', status: 200, strictQuery: true },
  'GET /accounts': { as: 'admin', status: 200, strictQuery: true },
  'POST /accounts': {
    as: 'admin',
    status: 201,
    body: () => account('xinlai'),
    once: { table: 'accounts', other: () => ({ body: account('xinlai-2') }) },
  },
  'GET /accounts/{id}': {
    as: 'admin',
    status: 200,
    path: () => `/accounts/${ids.account}`,
    hidden: () => [otherSchool.account],
  },
  'PATCH /accounts/{id}': {
    as: 'admin',
    status: 200,
    path: () => `/accounts/${ids.account}`,
    body: () => ({ title: '教研组长', disabled: false }),
    headers: { 'if-match': '"1"' },
    hidden: () => [otherSchool.account],
  },
  'GET /grant-proposals': { as: 'admin', status: 200, strictQuery: true },
  'POST /grant-proposals': {
    as: 'admin',
    status: 201,
    body: () => proposal('mentor'),
    once: { table: 'grant_proposals', other: () => ({ body: proposal('counsellor') }) },
  },
  'POST /grant-proposals/{id}/decision': {
    as: 'approver',
    status: 201,
    path: async () => `/grant-proposals/${await proposed('mentor_lead')}/decision`,
    body: () => ({ decision: 'approve' }),
    once: {
      table: 'idempotency_records',
      other: () => ({ body: { decision: 'refuse' } }),
    },
    hidden: () => [],
  },
  'POST /grant-proposals/decisions': {
    as: 'approver',
    status: 201,
    body: () => ({ ids: [waitingProposal], decision: 'refuse' }),
    once: {
      table: 'idempotency_records',
      other: () => ({ body: { ids: [waitingProposal], decision: 'approve' } }),
    },
  },
  'GET /grants': { as: 'officer', status: 200, strictQuery: true },
  'POST /grants/{id}/end': {
    as: 'admin',
    status: 201,
    path: async () => `/grants/${await freshGrant()}/end`,
    body: () => ({ reason: 'mistake' }),
    once: { table: 'idempotency_records', other: () => ({ body: { reason: 'left' } }) },
    hidden: () => [otherGrant],
  },
  'GET /erasures': { as: 'admin', status: 200 },
  'POST /pupils/{id}/erasure': {
    as: 'admin',
    status: 201,
    path: () => `/pupils/${classmates[15]}/erasure`,
    body: () => ({ reason: 'left_school' }),
    once: { table: 'erasures', other: () => ({ body: { reason: 'guardian_request' } }) },
    hidden: () => [otherSchool.pupil],
  },
  'POST /erasures/{id}/approval': {
    as: 'officer',
    status: 201,
    path: async () => {
      const asked = await people.admin.post(`/pupils/${classmates[16]}/erasure`, {
        reason: 'left_school',
      });
      return `/erasures/${((await asked.json()) as { id: string }).id}/approval`;
    },
    body: emptyBody.body,
    once: { table: 'idempotency_records', other: emptyBody.other },
    hidden: () => [],
  },
  'GET /roster-imports': { as: 'admin', status: 200 },
  'POST /roster-imports': {
    as: 'admin',
    status: 201,
    path: () => '/roster-imports?fileName=pupils.csv',
    body: () => csv('新同学'),
    headers: { 'content-type': 'application/octet-stream' },
    upload: true,
    strictQuery: true,
    once: { table: 'roster_imports', other: () => ({ body: csv('别人') }) },
  },
  'GET /roster-imports/{id}': {
    as: 'admin',
    status: 200,
    path: async () => `/roster-imports/${await upload()}`,
    strictQuery: true,
    hidden: () => [],
  },
  'POST /roster-imports/{id}/application': {
    as: 'admin',
    status: 201,
    path: async () => `/roster-imports/${await upload()}/application`,
    body: emptyBody.body,
    once: { table: 'pupils', other: emptyBody.other },
    hidden: () => [],
  },
  'GET /monthly-reports': { as: 'teacher', status: 200, strictQuery: true },
  'GET /monthly-reports/mine': { as: 'pupil', status: 200 },
  'GET /monthly-reports/{id}': {
    as: 'counsellor',
    status: 200,
    path: () => `/monthly-reports/${ids.report}`,
    hidden: () => [],
  },
  'POST /monthly-reports': {
    as: 'pupil',
    status: 201,
    body: () => monthly(null),
    once: { table: 'monthly_reports', other: () => ({ body: monthly('有人帮我捡书') }) },
  },
  'GET /pupils/{id}': {
    as: 'teacher',
    status: 200,
    path: () => `/pupils/${classmates[3]}`,
    hidden: () => [otherSchool.pupil],
  },
  'GET /observations': {
    as: 'teacher',
    status: 200,
    path: () => `/observations?pupil=${classmates[3]}`,
    strictQuery: true,
  },
  'POST /observations': {
    as: 'pupil',
    status: 201,
    body: () => observationInput(classmates[5] ?? ''),
    once: {
      table: 'observations',
      other: () => ({ body: observationInput(classmates[6] ?? '') }),
    },
  },
  'POST /help-requests': {
    as: 'pupil',
    status: 201,
    body: emptyBody.body,
    once: { table: 'alert_decisions', other: emptyBody.other },
  },
  'POST /observations/{id}/reporter': {
    as: 'steppedUp',
    status: 200,
    path: () => `/observations/${ids.observation}/reporter`,
    body: () => ({ reason: '核实这份上报是谁写的' }),
    hidden: () => [otherSchool.observation],
  },
  'GET /observations/{id}/answer': {
    as: 'pupil',
    status: 200,
    path: () => `/observations/${ids.observation}/answer`,
    hidden: () => [otherSchool.observation],
  },
  'GET /alerts': { as: 'teacher', status: 200, strictQuery: true },
  'GET /alerts/{id}': {
    as: 'teacher',
    status: 200,
    path: () => `/alerts/${ids.alert}`,
    hidden: () => [otherSchool.alert],
  },
  'POST /alerts/{id}/acknowledgement': {
    as: 'counsellor',
    status: 201,
    path: () => `/alerts/${ids.alert}/acknowledgement`,
    body: () => ({ nextStep: 'go_to_pupil', note: '马上过去' }),
    once: { table: 'alert_events', other: () => ({ body: { nextStep: 'other' } }) },
    hidden: () => [otherSchool.alert],
  },
  'GET /clusters': { as: 'counsellor', status: 200 },
  'GET /clusters/{id}': {
    as: 'counsellor',
    status: 200,
    path: async () => `/clusters/${await cluster()}`,
    hidden: () => [elsewhereClustered],
  },
  'POST /clusters/{id}/acknowledgement': {
    as: 'counsellor',
    status: 201,
    path: async () => `/clusters/${await cluster()}/acknowledgement`,
    body: emptyBody.body,
    once: { table: 'idempotency_records', other: emptyBody.other },
    hidden: () => [elsewhereClustered],
  },
  'POST /clusters/{id}/meeting': {
    as: 'counsellor',
    status: 201,
    path: async () => `/clusters/${await cluster()}/meeting`,
    body: emptyBody.body,
    once: { table: 'idempotency_records', other: emptyBody.other },
    hidden: () => [elsewhereClustered],
  },
  'POST /alerts/{id}/companions': {
    as: 'teacher',
    status: 201,
    path: () => `/alerts/${ids.alert}/companions`,
    body: emptyBody.body,
    once: { table: 'alert_events', other: emptyBody.other },
    hidden: () => [otherSchool.alert],
  },
  'POST /alerts/{id}/steps': {
    as: 'counsellor',
    status: 201,
    path: () => `/alerts/${ids.alert}/steps`,
    body: () => ({ step: 'contact', way: 'beside', note: '找到了' }),
    once: { table: 'alert_events', other: () => ({ body: { step: 'contact', way: 'voice' } }) },
    hidden: () => [otherSchool.alert],
  },
  'POST /alerts/{id}/proposals': {
    as: 'counsellor',
    status: 201,
    path: async () => `/alerts/${await answered()}/proposals`,
    body: () => closing,
    once: {
      table: 'alert_proposals',
      other: () => ({ body: { ...closing, outcome: 'referred' } }),
    },
    hidden: () => [otherSchool.alert],
  },
  'POST /proposals/{id}/decision': {
    as: 'leader',
    status: 201,
    path: async () => `/proposals/${await closingProposal()}/decision`,
    body: () => ({ agree: false }),
    once: { table: 'idempotency_records', other: () => ({ body: { agree: true } }) },
    hidden: () => [],
  },
  'POST /proposals/{id}/withdrawal': {
    as: 'counsellor',
    status: 201,
    path: async () => `/proposals/${await closingProposal()}/withdrawal`,
    body: emptyBody.body,
    once: { table: 'idempotency_records', other: emptyBody.other },
    hidden: () => [],
  },
  'POST /alerts/{id}/mandatory-report': {
    as: 'teacher',
    status: 201,
    path: () => `/alerts/${ids.reporting}/mandatory-report`,
    body: () => ({ receipt: '回执 1' }),
    once: { table: 'alert_events', other: () => ({ body: { receipt: '回执 2' } }) },
    hidden: () => [otherSchool.alert],
  },
  'GET /channels': { as: 'admin', status: 200 },
  'POST /channels': {
    as: 'admin',
    status: 201,
    body: () => ({ name: '值班群', config: { kind: 'wecom', url: 'http://127.0.0.1:9/x' } }),
    once: {
      table: 'channels',
      other: () => ({
        body: { name: '另一个群', config: { kind: 'wecom', url: 'http://127.0.0.1:9/y' } },
      }),
    },
  },
  'PATCH /channels/{id}': {
    as: 'admin',
    status: 200,
    path: async () => `/channels/${await channel()}`,
    body: () => ({ name: '值班群', enabled: false }),
    headers: { 'if-match': '"1"' },
    hidden: () => [],
  },
  'POST /channels/{id}/tests': {
    as: 'admin',
    status: 201,
    path: async () => `/channels/${await channel()}/tests`,
    body: () => ({ to: null }),
    once: { table: 'idempotency_records', other: () => ({ body: { to: 'a@b.example' } }) },
    hidden: () => [],
  },
  'GET /readiness': { as: 'admin', status: 200 },
  'GET /account/contact-points': { as: 'teacher', status: 200 },
  'POST /account/contact-points': {
    as: 'teacher',
    status: 201,
    body: () => ({ kind: 'email', address: 'a@school.example' }),
    once: {
      table: 'idempotency_records',
      other: () => ({ body: { kind: 'email', address: 'b@school.example' } }),
    },
  },
  'POST /account/contact-points/{id}/proof': {
    as: 'teacher',
    status: 422,
    path: async () => `/account/contact-points/${await contactPoint()}/proof`,
    body: () => ({ code: '123456' }),
    hidden: () => [],
  },
  'DELETE /account/contact-points/{id}': {
    as: 'teacher',
    status: 204,
    path: async () => `/account/contact-points/${await contactPoint()}`,
    hidden: () => [],
  },
  'POST /messages/{id}/opened': {
    as: 'counsellor',
    status: 201,
    path: async () => `/messages/${await message()}/opened`,
    body: emptyBody.body,
    once: { table: 'idempotency_records', other: emptyBody.other },
    hidden: () => [],
  },
  'GET /drills': { as: 'leader', status: 200 },
  'POST /drills': {
    as: 'leader',
    status: 201,
    body: () => ({ everyMinutes: 10, withOutside: false }),
    once: { table: 'drills', other: () => ({ body: { everyMinutes: 5, withOutside: false } }) },
  },
  'GET /drills/{id}': {
    as: 'leader',
    status: 200,
    path: async () => `/drills/${await drill()}`,
    hidden: () => [],
  },
  'POST /drills/{id}/stop': {
    as: 'leader',
    status: 201,
    path: async () => `/drills/${await drill()}/stop`,
    body: emptyBody.body,
    once: { table: 'idempotency_records', other: emptyBody.other },
    hidden: () => [],
  },
  'POST /drills/{id}/answer': {
    as: 'leader',
    status: 201,
    path: async () => `/drills/${await drill()}/answer`,
    body: emptyBody.body,
    once: { table: 'idempotency_records', other: emptyBody.other },
    hidden: () => [],
  },
  'GET /outside-contacts': { as: 'counsellor', status: 200 },
  'POST /outside-contacts': {
    as: 'admin',
    status: 201,
    body: () => ({ name: '区教育局值班室', phone: '8000-9000', email: null }),
    once: {
      table: 'outside_contacts',
      other: () => ({ body: { name: '另一处', phone: '8000-9001', email: null } }),
    },
  },
  'POST /outside-contacts/{id}/end': {
    as: 'admin',
    status: 201,
    path: async () => `/outside-contacts/${await outsideContact()}/end`,
    body: emptyBody.body,
    once: { table: 'idempotency_records', other: emptyBody.other },
    hidden: () => [],
  },
  'GET /duty': { as: 'teacher', status: 200, strictQuery: true },
  'POST /duty-slots': {
    as: 'leader',
    status: 201,
    body: () => turn('2051-01-02'),
    once: { table: 'duty_slots', other: () => ({ body: turn('2051-01-03') }) },
  },
  'PATCH /duty-slots/{id}': {
    as: 'admin',
    status: 200,
    path: async () => `/duty-slots/${await planned('2051-01-05')}`,
    headers: { 'if-match': '"1"' },
    body: () => ({ position: 2, endsAt: null }),
    hidden: () => [],
  },
  'POST /duty-slots/{id}/covers': {
    as: 'leader',
    status: 201,
    path: async () => `/duty-slots/${await planned('2051-01-07')}/covers`,
    body: () => standIn(people.leader.personId),
    once: {
      table: 'duty_slots',
      other: () => ({ body: standIn(people.admin.personId) }),
    },
    hidden: () => [],
  },
  'POST /duty/copies': {
    as: 'leader',
    status: 201,
    body: () => ({ week: '2051-01-02', weeks: 1 }),
    once: {
      table: 'idempotency_records',
      other: () => ({ body: { week: '2051-01-02', weeks: 2 } }),
    },
  },
  'GET /calendar': { as: 'pupil', status: 200 },
  'PATCH /calendar': {
    as: 'admin',
    status: 200,
    headers: { 'if-match': '"1"' },
    body: () => ({ days: [{ day: '2051-10-01', kind: 'holiday', label: '国庆节' }] }),
  },
  'POST /absences': {
    as: 'leader',
    status: 201,
    body: () => away(people.teacher.personId),
    once: { table: 'absences', other: () => ({ body: away(people.admin.personId) }) },
  },
  'POST /absences/{id}/end': {
    as: 'admin',
    status: 201,
    path: async () => `/absences/${await absence()}/end`,
    body: emptyBody.body,
    once: { table: 'idempotency_records', other: emptyBody.other },
    hidden: () => [],
  },
  'GET /pupils/{id}/exclusions': {
    as: 'counsellor',
    status: 200,
    path: () => `/pupils/${classmates[3]}/exclusions`,
    hidden: () => [otherSchool.pupil],
  },
  'POST /pupils/{id}/exclusions': {
    as: 'counsellor',
    status: 201,
    path: () => `/pupils/${classmates[8]}/exclusions`,
    body: () => ({ person: people.leader.personId, kind: 'relative' }),
    once: {
      table: 'exclusions',
      other: () => ({ body: { person: people.teacher.personId, kind: 'relative' } }),
    },
    hidden: () => [otherSchool.pupil],
  },
  'POST /exclusions/{id}/end': {
    as: 'counsellor',
    status: 201,
    path: async () => `/exclusions/${await exclusion()}/end`,
    body: emptyBody.body,
    once: { table: 'idempotency_records', other: emptyBody.other },
    hidden: () => [],
  },
  'POST /pupils/{id}/break-glass': {
    as: 'breaking',
    status: 201,
    path: () => `/pupils/${classmates[20]}/break-glass`,
    body: () => glassInput,
    once: { table: 'break_glass', other: () => ({ body: { ...glassInput, category: 'other' } }) },
    hidden: () => [otherSchool.pupil, classmates[3] ?? ''],
  },
  'GET /break-glass/active': { as: 'breaking', status: 200 },
  'POST /break-glass/{id}/end': {
    as: 'breaking',
    status: 201,
    path: async () => `/break-glass/${await glass()}/end`,
    body: emptyBody.body,
    once: { table: 'idempotency_records', other: emptyBody.other },
    hidden: () => [],
  },
  'GET /break-glass': { as: 'officer', status: 200, strictQuery: true },
  'GET /break-glass/{id}': {
    as: 'officer',
    status: 200,
    path: async () => `/break-glass/${await glass()}`,
    hidden: () => [],
  },
  'POST /break-glass/{id}/reviews': {
    as: 'officer',
    status: 201,
    path: async () => `/break-glass/${await glass()}/reviews`,
    body: () => ({ verdict: 'justified', note: '' }),
    once: {
      table: 'break_glass_reviews',
      other: () => ({ body: { verdict: 'needs_talk', note: '' } }),
    },
    hidden: () => [],
  },
  'GET /notices': { as: 'counsellor', status: 200, strictQuery: true },
  'POST /notices/{id}/seen': {
    as: 'counsellor',
    status: 201,
    path: () => `/notices/${ids.notice}/seen`,
    body: emptyBody.body,
    once: { table: 'idempotency_records', other: emptyBody.other },
    hidden: () => [ids.otherNotice],
  },
  'GET /boards/school': { as: 'leader', status: 200 },
  'GET /audit': { as: 'teacher', status: 200, strictQuery: true },
  'GET /audit/chain': { as: 'officer', status: 200 },
  'GET /audit/verification': { as: 'officer', status: 200 },
  'GET /audit/counts': { as: 'leader', status: 200 },
  'GET /pupils/{id}/readers': {
    as: 'counsellor',
    status: 200,
    path: () => `/pupils/${classmates[3]}/readers`,
    strictQuery: true,
    hidden: () => [otherSchool.pupil],
  },
  'GET /events': { as: 'teacher', status: 200 },
  'DELETE /session': { as: 'pupil', status: 204 },
};

test('every route of the document has a row in this file', () => {
  expect(Object.keys(rows).sort()).toEqual(operationsOf(documentOf(api)).sort());
});

describe.each(Object.entries(rows))('%s', (name, row) => {
  const [method = '', template = ''] = name.split(' ');
  let sample: Sample;
  beforeAll(async () => {
    if (name === 'POST /monthly-reports') openMonth = await month();
    const path = (await row.path?.()) ?? template;
    const as = row.as === null ? null : people[row.as];
    sample = { method, path, as, body: row.body?.(), headers: row.headers };
  });

  const rowsOf = (table: string) => async () =>
    Number((await api.admin`select count(*) from app.${api.admin(table)}`)[0]?.['count']);

  if (row.as !== null) test('asks for a session', () => refusesStrangers(api, sample));
  if (method !== 'GET') test('is not for other origins', () => refusesOtherOrigins(api, sample));
  if ((method === 'POST' || method === 'PATCH') && !row.upload)
    test('refuses bodies that are none of its own', () => refusesBrokenBodies(api, sample));
  if (row.strictQuery)
    test('refuses a query it does not know', () => refusesUnknownQueries(api, sample));
  if (row.hidden)
    test('answers for what is invisible as for what never was', () =>
      hidesTheInvisible(api, sample, (id) => template.replace('{id}', id), row.hidden?.() ?? []));
  const { once } = row;
  if (once)
    test('happens once for one Idempotency-Key, however often it is sent', () =>
      happensOnce(api, sample, once.other(), rowsOf(once.table)));
  else
    test(`accepts a right request with ${row.status}`, async () => {
      const answer: Answer = await send(api, sample);
      expect(answer.status).toBe(row.status);
    });
});

test('every route was seen to be accepted, and every answer was a documented one', () => {
  for (const [name, row] of Object.entries(rows))
    expect([name, [...(seen.get(name) ?? [])]]).toEqual([
      name,
      expect.arrayContaining([row.status]),
    ]);
});
