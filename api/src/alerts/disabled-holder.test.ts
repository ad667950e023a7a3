import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { asApprover, observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';

let api: TestApi;
let girl: Requester;
let admin: Requester;
let lead: Requester;
let counsellor: Requester;
let pupils: string[];
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  [girl, admin, lead, counsellor] = [
    await api.as('weiyuan-a'),
    await api.as('admin'),
    await api.as('xinli'),
    await api.as('zixun'),
  ];
  const { items } = (await (await girl.get('/pupils')).json()) as { items: { id: string }[] };
  pupils = items.map((one) => one.id).filter((id) => id !== girl.personId);
});
afterAll(() => api.stop());

const setDisabled = async (person: string, disabled: boolean, expected = '200') => {
  const [account] = await api.admin`
    select a.id, a.version, s.title from app.accounts a join app.staff s on s.id = a.person_id where a.person_id = ${person}`;
  const body = { title: account?.['title'] as string, disabled };
  const answer = await admin.patch(`/accounts/${account?.['id']}`, body, {
    'if-match': `"${account?.['version']}"`,
  });
  const code = answer.status === 200 ? '' : ` ${((await answer.json()) as { code: string }).code}`;
  expect(`${answer.status}${code}`).toBe(expected);
};
const endGrant = async (role: string, person: string, by: Requester) => {
  const [grant] = await api.admin`
    select id from app.grants where person_id = ${person} and role = ${role} and ends_at is null`;
  return by.post(`/grants/${grant?.['id']}/end`, { reason: 'change_of_duty' });
};
const holderOf = async (alert: string) => {
  const [row] = await api.admin`
    select holder_id as holder, status, acknowledged_by as answered, needs_review as review from app.alerts where id = ${alert}`;
  return row;
};
const raise = async (...indicators: string[]) => {
  const pupil = pupils.pop() ?? '';
  const sent = await girl.post('/observations', observationInput(pupil, { indicators } as never));
  expect(sent.status).toBe(201);
  const [alert] = await api.admin`
    select id, pupil_id as pupil, holder_id as holder, needs_review as review from app.alerts where pupil_id = ${pupil}`;
  return alert ?? expect.unreachable('an alert is open');
};

test('an alert is never given to somebody whose account is disabled, nor is anybody sent to their telephone', async () => {
  expect(await raise('SUI02')).toMatchObject({ holder: lead.personId });
  const [first] = await api.admin`select name from app.staff where id = ${lead.personId}`;
  await setDisabled(lead.personId, true);
  const alert = await raise('SUI02');
  expect(alert['holder']).not.toBe(lead.personId);
  expect(alert).toMatchObject({ review: null });
  const page = (await (await counsellor.get(`/alerts/${alert['id']}`)).json()) as {
    dutyPhones: { name: string }[];
  };
  expect(page.dutyPhones.length).toBeGreaterThan(0);
  expect(page.dutyPhones.map((one) => one.name)).not.toContain(first?.['name']);
  await setDisabled(lead.personId, false);
  expect(await raise('SUI02')).toMatchObject({ holder: lead.personId });
});

test('with every account on the lists disabled an alert says that nobody holds it', async () => {
  const holders = await api.admin<{ id: string }[]>`
    update app.accounts set disabled_at = now() where school_id = ${girl.schoolId} and person_id <> ${admin.personId}
      and person_id <> ${girl.personId} and disabled_at is null returning id`;
  const without = await api.admin`
    update app.grants set ends_at = now() where school_id = ${girl.schoolId} and ends_at is null
      and person_id not in (select person_id from app.accounts) returning id`;
  await api.admin`update app.duty_slots set ends_at = '2000-01-01' where school_id = ${girl.schoolId}
    and person_id not in (select person_id from app.accounts)`;
  expect(without.length + holders.length).toBeGreaterThan(5);
  expect(await raise('SUI02')).toMatchObject({ holder: null, review: 'no-holder' });
  await api.admin`update app.accounts set disabled_at = null where id = any (${holders.map((one) => one.id)})`;
});

test('a counsellor who cannot sign in is not the one who remains', async () => {
  const [pupil, own] = [pupils.pop() ?? '', await api.as('zixun')];
  const others = await api.admin<{ id: string }[]>`
    update app.accounts set disabled_at = now() where school_id = ${girl.schoolId} and disabled_at is null and person_id in
      (select person_id from app.grants where role in ('counsellor', 'lead_counsellor') and person_id <> ${counsellor.personId}) returning id`;
  const body = { person: own.personId, kind: 'declined' };
  const answer = await own.post(`/pupils/${pupil}/exclusions`, body);
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
    409,
    'exclusion.nobody-left',
  ]);
  await api.admin`update app.accounts set disabled_at = null where id = any (${others.map((one) => one.id)})`;
});

test('staff without an account are never given an alert', async () => {
  const [teacher] = await api.admin`
    select a.* from app.accounts a where a.name = 'banzhuren' and a.school_id = ${girl.schoolId}`;
  expect(await raise('ANX01')).toMatchObject({ holder: teacher?.['person_id'] });
  // As for a teacher of the roster to whom nobody gave an account yet.
  const [added] = await api.admin<{ id: string }[]>`
    with one as (insert into app.people (school_id, id, kind) values (${girl.schoolId}, gen_random_uuid(), 'staff') returning id)
    insert into app.staff (school_id, id, staff_no, name, sex, title) select ${girl.schoolId}, id, 'T999', '无账号', 'female', '班主任' from one returning id`;
  const [grant] = await api.admin`
    insert into app.grants (school_id, id, person_id, role, scope, class_id, starts_at)
    select school_id, gen_random_uuid(), ${added?.id ?? ''}, role, scope, class_id, now() from app.grants
    where person_id = ${teacher?.['person_id']} and role = 'homeroom_teacher' and ends_at is null returning id, class_id`;
  await api.admin`
    update app.grants set ends_at = now() where person_id = ${teacher?.['person_id']} and role = 'homeroom_teacher'`;
  const head = await api.as('nianji');
  expect(await raise('ANX01')).toMatchObject({ holder: head.personId, review: null });
  await api.admin`delete from app.grants where id = ${grant?.['id']}`;
  await api.admin`
    update app.grants set ends_at = null where person_id = ${teacher?.['person_id']} and role = 'homeroom_teacher'`;
});

test('whoever is disabled hands over what they hold and what they answered, and whoever has it then is told', async () => {
  const head = await api.as('nianji');
  const teacher = await api.as('banzhuren');
  const [held, answered] = [await raise('ANX01'), await raise('ANX02')];
  expect([held['holder'], answered['holder']]).toEqual([teacher.personId, teacher.personId]);
  const answer = { nextStep: 'talk_today', note: '' };
  expect((await teacher.post(`/alerts/${answered['id']}/acknowledgement`, answer)).status).toBe(
    201,
  );
  await setDisabled(teacher.personId, true);
  for (const alert of [held, answered])
    expect(await holderOf(alert['id'] as string)).toEqual({
      holder: head.personId,
      status: 'open',
      answered: null,
      review: null,
    });
  const [told] = await api.admin`
    select count(*)::int as n from app.outbox where subject_id = any (${[held['id'], answered['id']]}) and topic = 'alert.clock_started'`;
  expect(told?.['n']).toBe(4);
  const events = await api.admin`
    select kind from app.alert_events where alert_id = ${held['id'] as string} order by at`;
  expect(events.map((row) => row['kind'])).toEqual(['raised', 'handed_over']);
  await setDisabled(teacher.personId, false);
  // Coming back takes nothing away from whoever has it now.
  expect(await holderOf(held['id'] as string)).toMatchObject({ holder: head.personId });
});

test('a homeroom teacher who is replaced hands over to the one who replaces them', async () => {
  const [teacher, next] = [await api.as('banzhuren'), await api.as('banzhuren-2')];
  const alert = await raise('ANX01');
  expect(alert).toMatchObject({ holder: teacher.personId });
  // As the import of a roster proposes it in which the class has another teacher.
  const [proposal] = await api.admin<{ id: string }[]>`
    insert into app.grant_proposals (school_id, id, batch_id, person_id, role, scope, class_id, replaces, reason, proposed_by)
    select g.school_id, gen_random_uuid(), gen_random_uuid(), ${next.personId}, g.role, g.scope, g.class_id, true, 'roster_import', ${admin.personId}
    from app.grants g where g.person_id = ${teacher.personId} and g.role = 'homeroom_teacher' and g.ends_at is null returning id`;
  const leader = await asApprover(api, 'xiaozhang');
  const body = { decision: 'approve' };
  expect((await leader.post(`/grant-proposals/${proposal?.id}/decision`, body)).status).toBe(201);
  expect(await holderOf(alert['id'] as string)).toMatchObject({
    holder: next.personId,
    status: 'open',
  });
  // For what follows, as it was.
  await api.admin`update app.grants set ends_at = null, ended_by = null, end_reason = null
    where person_id = ${teacher.personId} and role = 'homeroom_teacher' and end_reason = 'replaced'`;
  await api.admin`update app.grants set ends_at = now() where proposal_id = ${proposal?.id ?? ''}`;
});

test('whoever loses the role by which they hold an alert hands it over, and keeps what another role makes theirs', async () => {
  const leader = await api.as('xiaozhang');
  const head = await api.as('nianji');
  const alert = await raise('ANX01', 'MOO01', 'SOC01');
  expect(alert).toMatchObject({ holder: head.personId });
  // Of another grade: nothing of this pupil.
  const [grade] = await api.admin`
    select id from app.grades where school_id = ${girl.schoolId} and id not in (select grade_id from app.grants where person_id = ${head.personId} and grade_id is not null) limit 1`;
  const grant = (scope: string, gradeId: unknown) => api.admin`
    insert into app.grants (school_id, id, person_id, role, scope, grade_id, starts_at)
    values (${girl.schoolId}, gen_random_uuid(), ${head.personId}, 'grade_head', ${scope}, ${gradeId as string | null}, now())`;
  await grant('grade', grade?.['id']);
  const [second] = await api.admin`
    update app.grants set starts_at = now() - interval '1 minute' where person_id = ${head.personId} and role = 'grade_head' and grade_id = ${grade?.['id']} returning id`;
  const [own] = await api.admin`
    select id from app.grants where person_id = ${head.personId} and role = 'grade_head' and id <> ${second?.['id']} and ends_at is null`;
  const end = (id: unknown) =>
    leader.post(`/grants/${id as string}/end`, { reason: 'change_of_duty' });
  expect((await end(second?.['id'])).status).toBe(201);
  expect(await holderOf(alert['id'] as string)).toMatchObject({ holder: head.personId });
  expect((await end(own?.['id'])).status).toBe(201);
  expect((await holderOf(alert['id'] as string))?.['holder']).not.toBe(head.personId);
  expect(await holderOf(alert['id'] as string)).toMatchObject({ status: 'open', review: null });
});

test('the last who sees every alert is neither disabled nor relieved, as long as nobody else can sign in', async () => {
  const leader = await api.as('xiaozhang');
  const others = await api.admin<{ id: string }[]>`
    update app.accounts set disabled_at = now() where school_id = ${girl.schoolId} and disabled_at is null and person_id in
      (select person_id from app.grants where role in ('counsellor', 'lead_counsellor') and ends_at is null and person_id <> ${lead.personId}) returning id`;
  expect(others.length).toBeGreaterThan(0);
  await setDisabled(lead.personId, true, '409 grant.nobody-left');
  expect((await endGrant('counsellor', lead.personId, leader)).status).toBe(201);
  const relieved = await endGrant('lead_counsellor', lead.personId, leader);
  expect([relieved.status, ((await relieved.json()) as { code: string }).code]).toEqual([
    409,
    'grant.nobody-left',
  ]);
  await api.admin`update app.accounts set disabled_at = null where id = any (${others.map((one) => one.id)})`;
  await setDisabled(lead.personId, true);
  await setDisabled(lead.personId, false);
});
