import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { asApprover, deliverAll, listWaiting, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { watchAnswers } from '../testing/refusals.ts';

let api: TestApi;
let admin: Requester;
let leader: Requester;
let lead: Requester;
let staff: Map<string, string>;

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  watchAnswers(api);
  admin = await api.as('admin');
  leader = await asApprover(api, 'xiaozhang');
  lead = await asApprover(api, 'xinli');
  const rows = await api.admin<{ no: string; id: string }[]>`
    select staff_no as no, id from app.staff where school_id = ${admin.schoolId}`;
  staff = new Map(rows.map((row) => [row.no, row.id]));
});
afterAll(() => api.stop());

const idOf = (no: string) => staff.get(no) ?? '';
const outcome = async (response: Response) =>
  response.status < 400
    ? String(response.status)
    : `${response.status} ${((await response.json()) as { code: string }).code}`;
const propose = (who: Requester, no: string, role: string, more: object = {}) =>
  who.post('/grant-proposals', { personId: idOf(no), role, reason: 'change_of_duty', ...more });
const madeId = async (response: Response) => {
  expect(response.status).toBe(201);
  return ((await response.json()) as { id: string }).id;
};
const decide = (who: Requester, id: string, decision: 'approve' | 'refuse' = 'approve') =>
  who.post(`/grant-proposals/${id}/decision`, { decision });
const rolesOf = async (who: Requester) =>
  ((await (await who.get('/session')).json()) as { roles: { role: string }[] }).roles.map(
    (one) => one.role,
  );
const grantOf = async (no: string, role: string) =>
  (
    await api.admin<
      { id: string; origin: string; granted_by: string; approved_by: string; ended: boolean }[]
    >`select id, origin, granted_by, approved_by, ends_at <= now() as ended from app.grants
      where person_id = ${idOf(no)} and role = ${role} order by starts_at desc`
  )[0];
const pupilWithoutSeat = async (className: string) =>
  (
    await api.admin<
      { id: string }[]
    >`select p.id from app.pupils p join app.classes c on c.id = p.class_id
      where p.school_id = ${admin.schoolId} and c.name = ${className}
        and not exists (select from app.committee_seats s where s.person_id = p.id)
        and not exists (select from app.grant_proposals g where g.person_id = p.id) order by p.id limit 1`
  )[0]?.id ?? '';

describe('a role', () => {
  test('that is proposed gives nothing; approved by another person it holds at the next request', async () => {
    const teacher = await api.asPerson(admin.schoolId, idOf('T050'));
    const id = await madeId(await propose(admin, 'T050', 'counsellor'));
    expect(await rolesOf(teacher)).toEqual([]);
    expect(await outcome(await decide(leader, id))).toBe('201');
    expect(await rolesOf(teacher)).toEqual(['counsellor']);
    expect(await grantOf('T050', 'counsellor')).toMatchObject({
      origin: 'two_people',
      granted_by: admin.personId,
      approved_by: leader.personId,
    });
    const audit = await api.admin<{ action: string }[]>`
      select action from app.audit_entries where resource = ${`grant-proposal:${id}`} order by seq`;
    expect(audit.map((row) => row.action)).toEqual(['grant.proposed', 'grant.approved']);
  });

  test('that is refused gives nothing, and may be proposed again', async () => {
    const id = await madeId(await propose(admin, 'T051', 'counsellor'));
    expect(await outcome(await propose(admin, 'T051', 'counsellor'))).toBe(
      '409 grant-proposal.exists',
    );
    const plain = await api.as('deyu');
    expect(await outcome(await decide(plain, id, 'refuse'))).toBe('201');
    expect(await grantOf('T051', 'counsellor')).toBeUndefined();
    await madeId(await propose(admin, 'T051', 'counsellor'));
  });

  test('that is held already is not proposed again', async () => {
    expect(await outcome(await propose(admin, 'T119', 'counsellor'))).toBe(
      '409 grant-proposal.exists',
    );
  });

  test('is proposed by those whom the table names, and for nobody else’s class', async () => {
    for (const account of ['weiyuan-a', 'nianji', 'zixun', 'deyu', 'baohu'])
      expect(await outcome(await propose(await api.as(account), 'T052', 'mentor'))).toBe(
        '403 action.not-allowed',
      );
    const until = new Date(Date.now() + 86_400_000).toISOString();
    expect(await outcome(await propose(lead, 'T052', 'expert', { until }))).toBe('201');
    expect(await outcome(await propose(lead, 'T052', 'counsellor'))).toBe('403 action.not-allowed');
    expect(await outcome(await propose(admin, 'T052', 'expert'))).toBe('422 request.invalid');
    expect(await outcome(await propose(admin, 'T124', 'counsellor'))).toBe(
      '409 grant-proposal.for-oneself',
    );
    expect(
      await outcome(await propose(admin, 'T052', 'homeroom_teacher', { classId: 2_000_000 })),
    ).toBe('404 resource.not-found');
  });

  test('is decided about once, and by nobody who has a part in it', async () => {
    const id = await madeId(await propose(admin, 'T053', 'grade_head', { gradeId: await grade() }));
    for (const account of ['admin', 'xinli', 'baohu'])
      expect(await outcome(await decide(await asApprover(api, account), id))).toBe(
        '403 action.not-allowed',
      );
    for (const account of ['zixun', 'banzhuren', 'weiyuan-a'])
      expect(await outcome(await decide(await asApprover(api, account), id))).toBe(
        '404 resource.not-found',
      );
    const own = await madeId(await propose(admin, 'T121', 'mentor_lead'));
    expect(await outcome(await decide(leader, own))).toBe('409 grant-proposal.same-person');
    expect(await outcome(await decide(await asApprover(api, 'deyu'), own))).toBe('201');
    const at = await Promise.all([decide(leader, id), decide(await asApprover(api, 'deyu'), id)]);
    expect((await Promise.all(at.map(outcome))).sort()).toEqual([
      '201',
      '409 grant-proposal.decided',
    ]);
    expect(await outcome(await decide(leader, id, 'refuse'))).toBe('409 grant-proposal.decided');
  });

  const grade = async () =>
    Number(
      (
        await api.admin`select id from app.grades where school_id = ${admin.schoolId} order by ordinal limit 1`
      )[0]?.['id'],
    );

  test('is approved only right after the password was given again, for this purpose', async () => {
    const id = await madeId(await propose(admin, 'T054', 'mentor'));
    const plain = await api.as('xiaozhang');
    expect(await outcome(await decide(plain, id))).toBe('403 session.step-up-required');
    await api.admin`update app.sessions set step_up_purpose = 'follow_up', stepped_up_until = now() + interval '1 hour'
      where person_id = ${plain.personId}`;
    expect(await outcome(await decide(plain, id))).toBe('403 session.step-up-required');
    leader = await asApprover(api, 'xiaozhang');
    expect(await outcome(await decide(leader, id))).toBe('201');
  });

  test('ends by itself when its time is over, and is not approved after it', async () => {
    const until = new Date(Date.now() + 2_500).toISOString();
    const id = await madeId(await propose(admin, 'T055', 'counsellor', { until }));
    const late = await madeId(await propose(admin, 'T056', 'counsellor', { until }));
    expect(await outcome(await decide(leader, id))).toBe('201');
    const teacher = await api.asPerson(admin.schoolId, idOf('T055'));
    expect(await rolesOf(teacher)).toEqual(['counsellor']);
    await expect.poll(() => rolesOf(teacher), { timeout: 10_000 }).toEqual([]);
    expect(await outcome(await decide(leader, late))).toBe('409 grant-proposal.over');
    expect(await outcome(await propose(admin, 'T057', 'counsellor', { until }))).toBe(
      '409 grant-proposal.over',
    );
  });
});

describe('several at once', () => {
  const decideAll = (who: Requester, ids: string[], decision = 'approve') =>
    who.post('/grant-proposals/decisions', { ids, decision });

  test('are approved in one act, or none of them', async () => {
    const ids = [];
    for (const no of ['T060', 'T061', 'T062'])
      ids.push(await madeId(await propose(admin, no, 'mentor')));
    expect(await outcome(await decide(leader, ids[2] ?? '', 'refuse'))).toBe('201');
    expect(await outcome(await decideAll(leader, ids))).toBe('409 grant-proposal.decided');
    expect(await outcome(await decideAll(leader, [...ids, admin.personId]))).toBe(
      '404 resource.not-found',
    );
    expect(await grantOf('T060', 'mentor')).toBeUndefined();
    expect(await outcome(await decideAll(leader, ids.slice(0, 2)))).toBe('201');
    for (const no of ['T060', 'T061']) expect(await grantOf(no, 'mentor')).toBeDefined();
    expect(await grantOf('T062', 'mentor')).toBeUndefined();
  });
});

describe('a committee seat', () => {
  test('is proposed by the homeroom teacher of the class and approved by the lead counsellor', async () => {
    const teacher = await api.as('banzhuren-2');
    const personId = await pupilWithoutSeat('七(2)班');
    const body = { personId, role: 'committee_member', seat: 'A', reason: 'new_term' };
    const stranger = await api.as('banzhuren');
    expect(await outcome(await stranger.post('/grant-proposals', body))).toBe(
      '404 resource.not-found',
    );
    const id = await madeId(await teacher.post('/grant-proposals', body));
    const seen = async (who: Requester) =>
      (
        (await (await who.get('/grant-proposals')).json()) as { items: { id: string }[] }
      ).items.some((one) => one.id === id);
    expect([await seen(teacher), await seen(stranger), await seen(lead)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(await outcome(await decide(leader, id))).toBe('403 action.not-allowed');
    expect(await outcome(await decide(lead, id))).toBe('409 grant-proposal.seat-taken');
    const [before] = await api.admin<{ id: string; person_id: string }[]>`
      select g.id, g.person_id from app.grants g join app.committee_seats s on s.person_id = g.person_id and s.ends_on is null
      join app.classes c on c.id = s.class_id where c.name = '七(2)班' and s.seat = 'A' and c.school_id = ${admin.schoolId}`;
    const former = await api.asPerson(admin.schoolId, before?.person_id ?? '');
    expect(
      await outcome(await leader.post(`/grants/${before?.id}/end`, { reason: 'change_of_duty' })),
    ).toBe('201');
    expect((await former.get('/session')).status).toBe(401);
    expect(await outcome(await decide(lead, id))).toBe('201');
    const member = await api.asPerson(admin.schoolId, personId);
    expect(await (await member.get('/monthly-reports/mine')).json()).toMatchObject({
      seat: { seat: 'A' },
    });
    const again = await api.asPerson(admin.schoolId, before?.person_id ?? '');
    expect((await again.get('/monthly-reports/mine')).status).toBe(403);
  });

  test('is not given to a pupil who has left the class meanwhile', async () => {
    const teacher = await api.as('banzhuren-2');
    const personId = await pupilWithoutSeat('七(2)班');
    await api.admin`update app.committee_seats s set ends_on = current_date from app.classes c
      where c.id = s.class_id and c.name = '七(2)班' and s.seat = 'B' and c.school_id = ${admin.schoolId}`;
    const body = { personId, role: 'committee_member', seat: 'B', reason: 'new_term' };
    const id = await madeId(await teacher.post('/grant-proposals', body));
    await api.admin`update app.pupils p set class_id = c.id from app.classes c
      where p.id = ${personId} and c.name = '七(3)班' and c.school_id = p.school_id`;
    expect(await outcome(await decide(lead, id))).toBe('409 grant-proposal.over');
  });
});

describe('where no school leader can approve', () => {
  test('the lead counsellor stands in, and only then', async () => {
    const other = {
      admin: await api.as('admin', 'qinghe'),
      lead: await asApprover(api, 'xinli', 'qinghe'),
    };
    const [teacher] = await api.admin<{ id: string }[]>`
      select id from app.staff where school_id = ${other.admin.schoolId} and staff_no = 'Q001'`;
    const ask = (role: string) =>
      other.admin.post('/grant-proposals', {
        personId: teacher?.id,
        role,
        reason: 'change_of_duty',
      });
    // The only school leader has no account yet.
    const first = await madeId(await ask('mentor'));
    expect(await outcome(await decide(other.lead, first))).toBe('201');
    const [only] = await api.admin<{ id: string }[]>`
      select id from app.staff where school_id = ${other.admin.schoolId} and staff_no = 'Q004'`;
    const principal = await api.asPerson(other.admin.schoolId, only?.id ?? '');
    const second = await madeId(await ask('mentor_lead'));
    expect(await outcome(await decide(other.lead, second))).toBe('403 action.not-allowed');
    // The only one who could is the one to get it.
    const own = await madeId(
      await other.admin.post('/grant-proposals', {
        personId: principal.personId,
        role: 'mentor',
        reason: 'change_of_duty',
      }),
    );
    expect(await outcome(await decide(other.lead, own))).toBe('201');
  });
});

describe('ending a role', () => {
  const end = (who: Requester, id = '', reason = 'change_of_duty') =>
    who.post(`/grants/${id}/end`, { reason });

  test('takes one person, at once, and the sessions with it; nothing brings it back', async () => {
    const counsellor = await api.as('zixun');
    const grant = await grantOf('T119', 'counsellor');
    expect(await rolesOf(counsellor)).toEqual(['counsellor']);
    expect(await outcome(await end(admin, grant?.id, 'misuse'))).toBe('201');
    expect((await counsellor.get('/session')).status).toBe(401);
    expect(await rolesOf(await api.as('zixun'))).toEqual([]);
    expect(await outcome(await end(leader, grant?.id))).toBe('409 grant.over');
    const [row] = await api.admin`
      select ended_by, end_reason from app.grants where id = ${grant?.id ?? ''}`;
    expect(row).toEqual({ ended_by: admin.personId, end_reason: 'misuse' });
    const [audit] = await api.admin`
      select action from app.audit_entries where resource = ${`grant:${grant?.id}`}`;
    expect(audit).toEqual({ action: 'grant.ended' });
  });

  test('is for administrators and school leaders, and never one’s own', async () => {
    const grant = await grantOf('T002', 'homeroom_teacher');
    for (const account of ['nianji', 'xinli', 'weiyuan-b'])
      expect(await outcome(await end(await api.as(account), grant?.id))).toBe(
        '404 resource.not-found',
      );
    expect(await outcome(await end(await api.as('baohu'), grant?.id))).toBe(
      '403 action.not-allowed',
    );
    expect(await outcome(await end(await api.as('banzhuren'), grant?.id))).toBe(
      '403 action.not-allowed',
    );
    const own = await grantOf('T124', 'administrator');
    expect(await outcome(await end(admin, own?.id))).toBe('403 action.not-allowed');
    // Nobody would be left who proposes.
    expect(await outcome(await end(leader, own?.id))).toBe('409 grant.nobody-left');
    expect(await rolesOf(admin)).toEqual(['administrator']);
  });
});

describe('who holds what', () => {
  test('is listed page by page for those who oversee it, with how it came to be', async () => {
    interface Page {
      items: { id: string; role: string; origin: string; person: { name: string } }[];
      nextCursor: string | null;
    }
    const pages = async (who: Requester, limit: number) => {
      const items: Page['items'] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const at = await who.get(`/grants?limit=${limit}${cursor && `&cursor=${cursor}`}`);
        const page = (await at.json()) as Page;
        items.push(...page.items);
        cursor = page.nextCursor;
      }
      return items;
    };
    const all = await pages(await api.as('baohu'), 200);
    expect(await pages(admin, 20)).toHaveLength(all.length);
    expect(new Set(all.map((one) => one.id)).size).toBe(all.length);
    expect(all.find((one) => one.role === 'administrator')?.origin).toBe('founding');
    expect(all.find((one) => one.role === 'homeroom_teacher')?.origin).toBe('two_people');
    for (const account of ['xinli', 'nianji', 'weiyuan-a'])
      expect((await (await api.as(account)).get('/grants')).status).toBe(403);
  });
});

describe('notices', () => {
  const noticesOf = async (who: Requester) =>
    ((await (await who.get('/notices?limit=100')).json()) as { items: { kind: string }[] }).items
      .filter((one) => one.kind.startsWith('grant_'))
      .map((one) => one.kind);

  test('reach whoever can approve, and whoever proposed when it is decided; no words', async () => {
    await deliverAll(api);
    const deyu = await asApprover(api, 'deyu');
    const before = [await noticesOf(leader), await noticesOf(deyu), await noticesOf(admin)];
    const id = await madeId(await propose(admin, 'T070', 'mentor'));
    expect(await deliverAll(api)).toBe(1);
    const counts = async () =>
      (await Promise.all([leader, deyu, admin].map(noticesOf))).map(
        (list, at) => list.length - (before[at]?.length ?? 0),
      );
    expect(await counts()).toEqual([1, 1, 0]);
    await decide(deyu, id);
    await deliverAll(api);
    expect(await counts()).toEqual([1, 1, 1]);
    expect((await noticesOf(admin))[0]).toBe('grant_decided');
    expect(await noticesOf(await api.as('baohu'))).toEqual([]);
  });

  test('are no longer sent about what was decided before they could be', async () => {
    const id = await madeId(await propose(admin, 'T071', 'mentor'));
    await decide(leader, id);
    expect(await deliverAll(api)).toBe(2);
    expect(await listWaiting(leader)).not.toContain(id);
  });
});
