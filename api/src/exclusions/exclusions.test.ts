import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { deliverAll, observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { watchAnswers } from '../testing/refusals.ts';

let api: TestApi;
let girl: Requester;
let lead: Requester;
let counsellor: Requester;
let teacher: Requester;
let pupils: string[];
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  watchAnswers(api);
  girl = await api.as('weiyuan-a');
  lead = await api.as('xinli');
  counsellor = await api.as('zixun');
  teacher = await api.as('banzhuren');
  const { items } = await read<{ items: { id: string }[] }>(girl, '/pupils');
  pupils = items.map((one) => one.id).filter((id) => id !== girl.personId);
});
afterAll(() => api.stop());

const read = async <T>(who: Requester, path: string): Promise<T> => {
  const answer = await who.get(path);
  expect([path, answer.status]).toEqual([path, 200]);
  return (await answer.json()) as T;
};
const nextPupil = (): string => pupils.pop() ?? '';
const observe = async (by: Requester, pupil: string, ...indicators: string[]) => {
  const sent = await by.post('/observations', observationInput(pupil, { indicators } as never));
  expect(sent.status).toBe(201);
};
const exclude = async (by: Requester, pupil: string, person: string, kind = 'is_the_concern') =>
  by.post(`/pupils/${pupil}/exclusions`, { person, kind });
const excluded = async (by: Requester, pupil: string, person: string): Promise<string> => {
  const answer = await exclude(by, pupil, person);
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { id: string }).id;
};
const codeOf = async (answer: Response) =>
  [answer.status, ((await answer.json()) as { code: string }).code] as const;
const alertOn = async (pupil: string) => {
  const [alert] = await api.admin<
    {
      id: string;
      holder: string | null;
      status: string;
      review: string | null;
      minutes: number;
    }[]
  >`select id, holder_id as holder, status, needs_review as review,
      round(extract(epoch from ack_due_at - now()) / 60)::int as minutes from app.alerts where pupil_id = ${pupil}`;
  return alert ?? expect.unreachable('an alert is open');
};
const listed = async (who: Requester) =>
  (await read<{ items: { id: string }[] }>(who, '/alerts?limit=100')).items.map((one) => one.id);
const noticesOf = async (person: string, alert: string) =>
  api.admin`select kind from app.notices where person_id = ${person} and alert_id = ${alert}`;

describe('someone with a conflict of interest', () => {
  test('sees neither the alert, nor its observations, nor that it is counted; the class list stays', async () => {
    const pupil = nextPupil();
    await observe(girl, pupil, 'MOO01');
    const { id } = await alertOn(pupil);
    const leader = await api.as('nianji');
    expect(await listed(teacher)).toContain(id);
    expect(await listed(leader)).toContain(id);
    const before = await read<{ items: unknown[] }>(teacher, `/observations?pupil=${pupil}`);
    expect(before.items).toHaveLength(1);
    await excluded(lead, pupil, teacher.personId);
    expect(await listed(teacher)).not.toContain(id);
    expect(await codeOf(await teacher.get(`/alerts/${id}`))).toEqual([404, 'resource.not-found']);
    const after = await read<{ items: unknown[] }>(teacher, `/observations?pupil=${pupil}`);
    expect(after.items).toEqual([]);
    expect((await teacher.get(`/pupils/${pupil}`)).status).toBe(200);
    expect(await listed(leader)).toContain(id);
  });

  test('is not counted an alert on the board', async () => {
    const pupil = nextPupil();
    await observe(girl, pupil, 'SUI07');
    const leader = await api.as('deyu');
    const board = async () => JSON.stringify(await read(leader, '/boards/school'));
    const before = await board();
    await excluded(lead, pupil, leader.personId);
    expect(await board()).not.toBe(before);
  });

  test('loses what they hold to the next holder, who is told; the history says so without a name', async () => {
    const pupil = nextPupil();
    await observe(girl, pupil, 'MOO01');
    const held = await alertOn(pupil);
    expect(held.holder).toBe(teacher.personId);
    await deliverAll(api);
    const told = async () => JSON.stringify(await read(teacher, '/notices'));
    expect(await told()).toContain(held.id);
    await excluded(counsellor, pupil, teacher.personId);
    const head = await api.as('nianji');
    expect(await alertOn(pupil)).toMatchObject({ holder: head.personId, status: 'open' });
    await deliverAll(api);
    expect(await noticesOf(head.personId, held.id)).toEqual([{ kind: 'alert_to_acknowledge' }]);
    const page = await read<{ events: { kind: string; by: string | null }[] }>(
      head,
      `/alerts/${held.id}`,
    );
    expect(page.events.at(-1)).toMatchObject({ kind: 'handed_over', by: null });
    expect(await told()).not.toContain(held.id);
  });

  test('held what the guardian is not told yet: it goes on as such an alert does, never to the class', async () => {
    const pupil = nextPupil();
    const sent = await teacher.post(
      '/observations',
      observationInput(pupil, { indicators: ['FAM02'], aboutWhom: 'family' }),
    );
    expect(sent.status).toBe(201);
    expect((await alertOn(pupil)).holder).toBe(lead.personId);
    await excluded(counsellor, pupil, lead.personId);
    // No other counsellor is on duty; one is there all the same, and comes before the red list.
    const roles = await api.admin<{ role: string }[]>`
      select role from app.grants where person_id = ${(await alertOn(pupil)).holder} and ends_at is null`;
    expect(roles.map((row) => row.role)).toContain('counsellor');
  });

  test('has answered nothing: what they acknowledged asks again, with a fresh clock', async () => {
    const pupil = nextPupil();
    await observe(girl, pupil, 'MOO01');
    const { id } = await alertOn(pupil);
    const acknowledged = await teacher.post(`/alerts/${id}/acknowledgement`, {
      nextStep: 'talk_today',
    });
    expect(acknowledged.status).toBe(201);
    await excluded(lead, pupil, teacher.personId);
    expect(await alertOn(pupil)).toMatchObject({ status: 'open' });
    expect((await alertOn(pupil)).holder).not.toBe(teacher.personId);
  });

  test('who was asked first loses nothing of what somebody else acknowledged: it is theirs since', async () => {
    const pupil = nextPupil();
    await observe(girl, pupil, 'SUI02');
    const { id, holder } = await alertOn(pupil);
    const other = holder === lead.personId ? counsellor : lead;
    const answered = await other.post(`/alerts/${id}/acknowledgement`, { nextStep: 'talk_today' });
    expect(answered.status).toBe(201);
    await deliverAll(api);
    await excluded(other, pupil, holder ?? '');
    const after = await alertOn(pupil);
    expect(after).toMatchObject({ status: 'acknowledged', holder: other.personId });
    await api.admin`delete from app.notices where alert_id = ${id}`;
    await deliverAll(api);
    expect(await noticesOf(other.personId, id)).toEqual([]);
  });

  test('is never chosen as a holder, nor told, nor on the list of phones', async () => {
    const pupil = nextPupil();
    const [first] = await api.admin<{ person_id: string; name: string }[]>`
      select d.person_id, s.name from app.duty_slots d join app.staff s on s.id = d.person_id
      where d.school_id = ${lead.schoolId} and d.duty = 'red' and d.ends_at is null order by d.position limit 1`;
    const onDuty = first ?? expect.unreachable('somebody is on red duty');
    expect(onDuty.person_id).toBe(lead.personId);
    await excluded(counsellor, pupil, lead.personId);
    await observe(girl, pupil, 'SUI02');
    const alert = await alertOn(pupil);
    expect(alert.holder).not.toBeNull();
    expect(alert.holder).not.toBe(lead.personId);
    await deliverAll(api);
    expect(await noticesOf(lead.personId, alert.id)).toEqual([]);
    const page = await read<{ dutyPhones: { name: string }[] }>(counsellor, `/alerts/${alert.id}`);
    expect(page.dutyPhones.length).toBeGreaterThan(0);
    expect(page.dutyPhones.map((one) => one.name)).not.toContain(onDuty.name);
  });

  test('may still report, and reads what they wrote for its 48 hours: a refusal would tell', async () => {
    const pupil = nextPupil();
    await excluded(lead, pupil, teacher.personId);
    await observe(teacher, pupil, 'MOO01');
    await observe(girl, pupil, 'MOO02');
    const own = await read<{ items: { own: boolean }[] }>(teacher, `/observations?pupil=${pupil}`);
    expect(own.items).toHaveLength(1);
    await api.admin`update app.observation_details set own_until = now() - interval '1 second' where pupil_id = ${pupil}`;
    const later = await read<{ items: unknown[] }>(teacher, `/observations?pupil=${pupil}`);
    expect(later.items).toEqual([]);
  });

  test('who counsels reads an empty list, and decides about nobody there', async () => {
    const pupil = nextPupil();
    await excluded(lead, pupil, counsellor.personId);
    const list = await read<{ items: unknown[] }>(counsellor, `/pupils/${pupil}/exclusions`);
    expect(list.items).toEqual([]);
    expect(await codeOf(await exclude(counsellor, pupil, lead.personId))).toEqual([
      404,
      'resource.not-found',
    ]);
  });
});

describe('an exclusion', () => {
  test('ends by the lead counsellor alone, and everything is there again', async () => {
    const pupil = nextPupil();
    await observe(girl, pupil, 'MOO01');
    const { id } = await alertOn(pupil);
    const exclusion = await excluded(counsellor, pupil, teacher.personId);
    for (const who of [counsellor, teacher, await api.as('admin'), await api.as('deyu')])
      expect((await who.post(`/exclusions/${exclusion}/end`, {})).status).toBe(404);
    expect((await lead.post(`/exclusions/${exclusion}/end`, {})).status).toBe(201);
    expect(await listed(teacher)).toContain(id);
    expect((await lead.post(`/exclusions/${exclusion}/end`, {})).status).toBe(404);
    const list = await read<{ items: { endsAt: string | null }[] }>(
      lead,
      `/pupils/${pupil}/exclusions`,
    );
    expect(list.items[0]?.endsAt).not.toBeNull();
  });

  test('is decided once a person, about staff of the school, by counsellors', async () => {
    const pupil = nextPupil();
    await excluded(lead, pupil, teacher.personId);
    expect(await codeOf(await exclude(lead, pupil, teacher.personId))).toEqual([
      409,
      'exclusion.exists',
    ]);
    expect(await codeOf(await exclude(lead, pupil, girl.personId))).toEqual([
      422,
      'exclusion.person-not-found',
    ]);
    for (const name of ['banzhuren', 'nianji', 'deyu', 'admin', 'baohu', 'weiyuan-a'])
      expect((await exclude(await api.as(name), pupil, lead.personId)).status).toBe(404);
  });

  test('leaves a counsellor who sees the pupil, and is not made otherwise', async () => {
    const pupil = nextPupil();
    const all = await api.admin<{ person_id: string }[]>`
      select distinct person_id from app.grants where school_id = ${lead.schoolId} and role in ('counsellor', 'lead_counsellor')
        and person_id <> ${lead.personId}`;
    for (const { person_id } of all) await excluded(lead, pupil, person_id);
    expect(await codeOf(await exclude(lead, pupil, lead.personId, 'relative'))).toEqual([
      409,
      'exclusion.nobody-left',
    ]);
    await observe(girl, pupil, 'SUI02');
    expect(await alertOn(pupil)).toMatchObject({ holder: lead.personId, review: null });
  });

  test('of everybody else leaves the alert to the counsellor who remains, and tells them', async () => {
    const pupil = nextPupil();
    await observe(girl, pupil, 'MOO01');
    const { id } = await alertOn(pupil);
    // Everybody but one counsellor of grade 7, who has no duty.
    const outsider = await api.admin<{ id: string }[]>`
      select s.id from app.staff s where s.school_id = ${lead.schoolId} and not exists (select from app.grants g where g.person_id = s.id) limit 1`;
    const [{ id: left } = { id: '' }] = outsider;
    await api.admin`insert into app.grants (school_id, id, person_id, role, scope, grade_id, starts_at)
      select ${lead.schoolId}, gen_random_uuid(), ${left}, 'counsellor', 'grade', grade_id, now() - interval '1 day' from app.alerts where id = ${id}`;
    const holders = await api.admin<{ person_id: string }[]>`
      select distinct person_id from (select person_id from app.grants where school_id = ${lead.schoolId}
        and role in ('homeroom_teacher', 'grade_head', 'counsellor', 'lead_counsellor', 'school_leader')
        union select person_id from app.duty_slots where school_id = ${lead.schoolId}) x
      where person_id not in (${left}, ${lead.personId}, ${teacher.personId})`;
    for (const { person_id } of holders) await excluded(lead, pupil, person_id);
    const asLeft = await api.asPerson(lead.schoolId, left);
    await excluded(asLeft, pupil, lead.personId);
    await excluded(asLeft, pupil, teacher.personId);
    expect(await alertOn(pupil)).toMatchObject({ holder: left, review: null });
    await deliverAll(api);
    // One for each time it changed hands since the last delivery.
    const kinds = (await noticesOf(left, id)).map((notice) => notice.kind);
    expect([...new Set(kinds)]).toEqual(['alert_to_acknowledge']);
  });
});

describe('that one counsellor keeps another away', () => {
  const told = async (exclusion: unknown) =>
    api.admin`select n.person_id as person, n.kind from app.notices n where n.subject_id = ${exclusion as string} order by 1`;
  const madeFor = async (by: Requester, person: string) => {
    const made = await by.post(`/pupils/${nextPupil()}/exclusions`, { person, kind: 'declined' });
    expect(made.status).toBe(201);
    await deliverAll(api);
    return ((await made.json()) as { id: string }).id;
  };

  test('is told to the data-protection officer and the lead counsellor, and to neither of the two', async () => {
    const officer = await api.as('baohu');
    const [other] = await api.admin<{ id: string }[]>`
      select g.person_id as id from app.grants g where g.school_id = ${lead.schoolId} and g.role = 'counsellor' and g.ends_at is null
        and g.person_id not in (${lead.personId}, ${counsellor.personId}) limit 1`;
    const kind = 'counsellor_kept_away';
    const byPerson = (...people: string[]) => people.sort().map((person) => ({ person, kind }));
    expect([...(await told(await madeFor(counsellor, other?.id ?? '')))]).toEqual(
      byPerson(officer.personId, lead.personId),
    );
    expect([...(await told(await madeFor(counsellor, lead.personId)))]).toEqual(
      byPerson(officer.personId),
    );
    expect([...(await told(await madeFor(lead, counsellor.personId)))]).toEqual(
      byPerson(officer.personId),
    );
    const { items } = (await (await officer.get('/notices')).json()) as {
      items: { kind: string; alert: unknown; colleague: unknown }[];
    };
    expect(items[0]).toMatchObject({ kind, alert: null, colleague: null });
  });

  test('is no news where it is a teacher, or oneself', async () => {
    expect([...(await told(await madeFor(counsellor, teacher.personId)))]).toEqual([]);
    expect([...(await told(await madeFor(counsellor, counsellor.personId)))]).toEqual([]);
  });
});
