import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { deliverAll, observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { watchAnswers } from '../testing/refusals.ts';
import { relieveAbsent } from './relieve-absent.ts';

interface Slot {
  readonly id: string;
  readonly duty: string;
  readonly position: number;
  readonly person: { readonly id: string; readonly name: string };
  readonly startsAt: string;
  readonly endsAt: string | null;
  readonly covers: string | null;
  readonly version: number;
}
interface Week {
  readonly week: { readonly from: string };
  readonly days: { readonly day: string; readonly kind: string }[];
  readonly slots: Slot[];
  readonly absences: { readonly id: string; readonly person: { readonly id: string } }[];
  readonly gaps: { duty: string; startsAt: string; endsAt: string; absent: string[] }[];
  readonly gapsAhead: { duty: string; present: number; absent: string[] }[];
  readonly people: unknown[];
}

let api: TestApi;
let lead: Requester;
let leader: Requester;
let counsellor: Requester;
let admin: Requester;
let teacher: Requester;
let girl: Requester;
let pupils: string[];
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  watchAnswers(api);
  [lead, leader, counsellor, admin, teacher, girl] = (await Promise.all(
    ['xinli', 'deyu', 'zixun', 'admin', 'banzhuren', 'weiyuan-a'].map((name) => api.as(name)),
  )) as [Requester, Requester, Requester, Requester, Requester, Requester];
  const { items } = (await (await girl.get('/pupils')).json()) as { items: { id: string }[] };
  pupils = items.map((one) => one.id).filter((id) => id !== girl.personId);
});
afterAll(() => api.stop());

const at = (day: string, time: string): string => new Date(`${day}T${time}+08:00`).toISOString();
const weekOf = async (who: Requester, day?: string): Promise<Week> => {
  const answer = await who.get(`/duty${day ? `?week=${day}` : ''}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Week;
};
const turn = (person: string, day: string, from = '08:00', to = '17:00', duty = 'counsellor') => ({
  duty,
  person,
  phone: null,
  startsAt: at(day, from),
  endsAt: at(day, to),
});
const answerOf = async (answer: Response) =>
  `${answer.status}${answer.status < 400 ? '' : ` ${((await answer.json()) as { code: string }).code}`}`;
const slotsOn = async (day: string, duty = 'counsellor') =>
  (await weekOf(lead, day)).slots.filter(
    (slot) =>
      slot.duty === duty &&
      slot.endsAt !== null &&
      slot.startsAt >= at(day, '00:00') &&
      slot.startsAt < at(day, '23:59'),
  );
const change = (who: Requester, slot: Slot, changes: object, version = slot.version) =>
  who.patch(
    `/duty-slots/${slot.id}`,
    { position: slot.position, endsAt: slot.endsAt, ...changes },
    { 'if-match': `"${version}"` },
  );

describe('the roster', () => {
  test('is made by the lead counsellor and a leader, and by nobody else', async () => {
    const day = '2031-03-04';
    for (const who of [counsellor, admin, teacher, girl])
      expect(await answerOf(await who.post('/duty-slots', turn(teacher.personId, day)))).toBe(
        '403 action.not-allowed',
      );
    expect(await answerOf(await lead.post('/duty-slots', turn(teacher.personId, day)))).toBe('201');
    expect(await answerOf(await leader.post('/duty-slots', turn(counsellor.personId, day)))).toBe(
      '201',
    );
    const [first, second] = await slotsOn(day);
    // Behind those who are on the list without an end.
    expect([first?.person.id, second?.person.id]).toEqual([teacher.personId, counsellor.personId]);
    expect((second?.position ?? 0) - (first?.position ?? 0)).toBe(1);
  });

  test('takes nobody on a list twice at once, no stranger, and no end before the beginning', async () => {
    const day = '2031-03-05';
    expect(await answerOf(await lead.post('/duty-slots', turn(teacher.personId, day)))).toBe('201');
    const late = turn(teacher.personId, day, '16:59', '20:00');
    expect(await answerOf(await lead.post('/duty-slots', late))).toBe('409 duty.listed-already');
    const after = turn(teacher.personId, day, '17:00', '20:00');
    expect(await answerOf(await lead.post('/duty-slots', after))).toBe('201');
    expect(await answerOf(await lead.post('/duty-slots', { ...late, duty: 'red' }))).toBe('201');
    for (const person of [randomUUID(), girl.personId])
      expect(await answerOf(await lead.post('/duty-slots', turn(person, day)))).toBe(
        '422 duty.person-not-found',
      );
    const backwards = turn(teacher.personId, '2031-03-06', '09:00', '09:00');
    expect(await answerOf(await lead.post('/duty-slots', backwards))).toBe('422 request.invalid');
  });

  test('has at most twenty people on a list', async () => {
    const day = '2031-03-06';
    const people = await api.admin<{ id: string }[]>`
      select id from app.staff where school_id = ${lead.schoolId} order by staff_no limit 21`;
    const codes = [];
    for (const { id } of people)
      codes.push(await answerOf(await lead.post('/duty-slots', turn(id, day, '18:00', '19:00'))));
    expect(codes).toContain('201');
    expect(codes.at(-1)).toBe('409 duty.list-full');
  });

  test('changes places, in the version that was read', async () => {
    const day = '2031-03-04';
    const [first, second] = await slotsOn(day);
    if (!first || !second) return expect.unreachable();
    expect((await change(admin, second, { position: first.position })).status).toBe(200);
    expect((await slotsOn(day)).map((slot) => slot.person.id)).toEqual([
      counsellor.personId,
      teacher.personId,
    ]);
    const late = await change(admin, second, { position: 9 });
    expect(await late.json()).toMatchObject({
      code: 'request.version-old',
      current: { id: second.id, version: second.version + 1 },
    });
    const blind = await admin.patch(`/duty-slots/${second.id}`, { position: 9, endsAt: null });
    expect(await answerOf(blind)).toBe('428 request.version-missing');
  });

  test('lets a counsellor change their own turn, and nobody another’s', async () => {
    const slots = await slotsOn('2031-03-04');
    const own = slots.find((slot) => slot.person.id === counsellor.personId);
    const other = slots.find((slot) => slot.person.id === teacher.personId);
    if (!own || !other) return expect.unreachable();
    expect(await answerOf(await change(counsellor, other, {}))).toBe('403 action.not-allowed');
    expect(await answerOf(await change(teacher, other, {}))).toBe('403 action.not-allowed');
    expect(await answerOf(await change(teacher, own, {}))).toBe('404 resource.not-found');
    const noon = at('2031-03-04', '12:00');
    expect((await change(counsellor, own, { endsAt: noon })).status).toBe(200);
    const after = (await slotsOn('2031-03-04')).find((slot) => slot.id === own.id);
    expect(after?.endsAt).toBe(noon);
    // Never longer than it was, nor open-ended: that is a turn of its own.
    for (const endsAt of [at('2031-03-04', '18:00'), null])
      expect(
        (await change(counsellor, { ...own, version: after?.version ?? 0 }, { endsAt })).status,
      ).toBe(endsAt === null ? 412 : 200);
    expect((await slotsOn('2031-03-04')).find((slot) => slot.id === own.id)?.endsAt).toBe(noon);
  });

  test('keeps what has been: a turn that has begun ends now, one that has not is called off', async () => {
    const day = '2031-03-07';
    await lead.post('/duty-slots', turn(teacher.personId, day));
    const [ahead] = await slotsOn(day);
    if (!ahead) return expect.unreachable();
    const long = '2000-01-01T00:00:00.000Z';
    const gone = await change(lead, ahead, { endsAt: long });
    expect(await gone.json()).toMatchObject({ endsAt: ahead.startsAt });
    expect(await slotsOn(day)).toEqual([]);
    expect(await answerOf(await change(lead, { ...ahead, version: 2 }, {}))).toBe('409 duty.over');
    const running = {
      ...turn(teacher.personId, day),
      startsAt: new Date(Date.now() - 3_600_000).toISOString(),
      endsAt: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const made = (await (await lead.post('/duty-slots', running)).json()) as { id: string };
    const slot = { ...ahead, id: made.id, version: 1 };
    const ended = (await (await change(lead, slot, { endsAt: long })).json()) as Slot;
    expect(Math.abs(Date.parse(ended.endsAt ?? '') - Date.now())).toBeLessThan(60_000);
  });
});

describe('standing in', () => {
  const day = '2031-03-11';
  const cover = (who: Requester, slot: Slot, person: string, from: string, to: string) =>
    who.post(`/duty-slots/${slot.id}/covers`, {
      person,
      phone: null,
      startsAt: at(day, from),
      endsAt: at(day, to),
    });

  test('takes a part out of a turn and leaves what is before and after', async () => {
    await lead.post('/duty-slots', turn(teacher.personId, day));
    const [slot] = await slotsOn(day);
    if (!slot) return expect.unreachable();
    for (const who of [admin, counsellor])
      expect(await answerOf(await cover(who, slot, counsellor.personId, '10:00', '12:00'))).toBe(
        '403 action.not-allowed',
      );
    expect(await answerOf(await cover(lead, slot, counsellor.personId, '07:59', '12:00'))).toBe(
      '422 duty.outside',
    );
    expect(await answerOf(await cover(lead, slot, counsellor.personId, '10:00', '17:01'))).toBe(
      '422 duty.outside',
    );
    expect(await answerOf(await cover(lead, slot, teacher.personId, '10:00', '12:00'))).toBe(
      '409 duty.listed-already',
    );
    expect(await answerOf(await cover(lead, slot, randomUUID(), '10:00', '12:00'))).toBe(
      '422 duty.person-not-found',
    );
    expect(await answerOf(await cover(lead, slot, counsellor.personId, '10:00', '12:00'))).toBe(
      '201',
    );
    const name = slot.person.name;
    expect(
      (await slotsOn(day)).map((one) => [one.person.id, one.startsAt, one.endsAt, one.covers]),
    ).toEqual([
      [teacher.personId, at(day, '08:00'), at(day, '10:00'), null],
      [counsellor.personId, at(day, '10:00'), at(day, '12:00'), name],
      [teacher.personId, at(day, '12:00'), at(day, '17:00'), null],
    ]);
  });

  test('for a whole turn leaves nothing of it', async () => {
    const [first] = await slotsOn(day);
    if (!first) return expect.unreachable();
    expect(await answerOf(await cover(leader, first, leader.personId, '08:00', '10:00'))).toBe(
      '201',
    );
    const now = await slotsOn(day);
    expect(
      now.filter((one) => one.startsAt === first.startsAt).map((one) => one.person.id),
    ).toEqual([leader.personId]);
    expect(await answerOf(await cover(leader, first, counsellor.personId, '08:00', '10:00'))).toBe(
      '409 duty.over',
    );
  });
});

describe('a week that is copied', () => {
  test('is planned at the same hours of the weeks after it, and copying again adds nothing', async () => {
    await lead.post('/duty-slots', turn(teacher.personId, '2031-04-01', '22:30', '23:30'));
    const copy = (who: Requester, weeks: number) =>
      who.post('/duty/copies', { week: '2031-04-03', weeks });
    for (const who of [counsellor, admin])
      expect(await answerOf(await copy(who, 2))).toBe('403 action.not-allowed');
    expect(await (await copy(lead, 2)).json()).toEqual({ copied: 2 });
    expect(await (await copy(lead, 3)).json()).toEqual({ copied: 1 });
    for (const day of ['2031-04-08', '2031-04-15', '2031-04-22'])
      expect((await slotsOn(day)).map((slot) => [slot.startsAt, slot.person.id])).toEqual([
        [at(day, '22:30'), teacher.personId],
      ]);
    expect(await slotsOn('2031-04-29')).toEqual([]);
  });
});

describe('a gap', () => {
  test('of the demo is shown ahead, to those who read the roster', async () => {
    const seen = await weekOf(lead);
    expect(seen.gapsAhead.filter((gap) => gap.duty === 'red')).toEqual([
      expect.objectContaining({ present: 2, absent: [expect.any(String)] }),
    ]);
    expect((await weekOf(admin)).gapsAhead).toEqual(seen.gapsAhead);
    expect(await weekOf(teacher)).toMatchObject({ gaps: [], gapsAhead: [], people: [] });
  });

  test('is exactly the while in which too few are there', async () => {
    const day = '2031-05-06';
    const [from, to] = [at(day, '09:00'), at(day, '11:00')];
    await lead.post('/absences', { person: lead.personId, startsAt: from, endsAt: to });
    const { gaps } = await weekOf(leader, day);
    expect(gaps.map((gap) => [gap.duty, gap.startsAt, gap.endsAt])).toEqual([
      ['red', from, to],
      ['counsellor', from, to],
    ]);
  });
});

describe('whoever is absent', () => {
  const span = () => ({
    startsAt: new Date(Date.now() - 60_000).toISOString(),
    endsAt: new Date(Date.now() + 3_600_000).toISOString(),
  });
  const raise = async (): Promise<string> => {
    const pupil = pupils.pop() ?? '';
    const sent = await girl.post(
      '/observations',
      observationInput(pupil, { indicators: ['SUI02'] } as never),
    );
    expect(sent.status).toBe(201);
    const [alert] = await api.admin`select id from app.alerts where pupil_id = ${pupil}`;
    return alert?.['id'] as string;
  };
  const holderOf = async (alert: string) =>
    (await api.admin`select holder_id as holder from app.alerts where id = ${alert}`)[0]?.[
      'holder'
    ];
  const firstNotice = async (alert: string, person: string) =>
    (
      await api.admin`select kind from app.notices where alert_id = ${alert} and person_id = ${person} order by at desc`
    )[0]?.['kind'];

  test('gives what they hold to the next, gets nothing new, and is nobody’s telephone to ring', async () => {
    const before = await raise();
    expect(await holderOf(before)).toBe(lead.personId);
    const made = (await (
      await leader.post('/absences', { person: lead.personId, ...span() })
    ).json()) as { id: string };
    await Promise.all([relieveAbsent(api.deps), relieveAbsent(api.deps)]);
    const next = await holderOf(before);
    expect([null, lead.personId]).not.toContain(next);
    const events = await api.admin`
      select kind from app.alert_events where alert_id = ${before} and kind = 'handed_over'`;
    expect(events).toHaveLength(1);
    await deliverAll(api);
    expect(await firstNotice(before, next as string)).toBe('alert_to_acknowledge');
    expect(await holderOf(await raise())).toBe(next);
    const page = (await (await leader.get(`/alerts/${before}`)).json()) as {
      dutyPhones: { name: string }[];
    };
    const [name] = await api.admin`select name from app.staff where id = ${lead.personId}`;
    expect(page.dutyPhones.length).toBeGreaterThan(0);
    expect(page.dutyPhones.map((one) => one.name)).not.toContain(name?.['name']);
    // Still theirs to see: absence takes the work away, not the sight of it.
    expect((await lead.get(`/alerts/${before}`)).status).toBe(200);
    expect(await answerOf(await admin.post(`/absences/${made.id}/end`, {}))).toBe('201');
    expect(await answerOf(await admin.post(`/absences/${made.id}/end`, {}))).toBe(
      '409 absence.over',
    );
    expect(await holderOf(await raise())).toBe(lead.personId);
  });

  test('is recorded by who makes the roster; a counsellor says it of themself alone', async () => {
    const later = { startsAt: at('2031-06-02', '08:00'), endsAt: at('2031-06-03', '08:00') };
    for (const [who, person, expected] of [
      [teacher, teacher.personId, '403 action.not-allowed'],
      [admin, teacher.personId, '403 action.not-allowed'],
      [counsellor, teacher.personId, '403 action.not-allowed'],
      [lead, girl.personId, '422 duty.person-not-found'],
      [counsellor, counsellor.personId, '201'],
      [lead, teacher.personId, '201'],
    ] as const)
      expect(await answerOf(await who.post('/absences', { person, ...later }))).toBe(expected);
    const { absences } = await weekOf(lead, '2031-06-02');
    const of = (person: string) => absences.find((one) => one.person.id === person)?.id ?? '';
    const end = async (who: Requester, id: string) =>
      answerOf(await who.post(`/absences/${id}/end`, {}));
    expect(await end(teacher, of(counsellor.personId))).toBe('404 resource.not-found');
    expect(await end(teacher, of(teacher.personId))).toBe('403 action.not-allowed');
    expect(await end(counsellor, of(teacher.personId))).toBe('403 action.not-allowed');
    expect(await end(counsellor, of(counsellor.personId))).toBe('201');
    expect(await end(lead, of(teacher.personId))).toBe('201');
    expect((await weekOf(lead, '2031-06-02')).absences).toEqual([]);
  });
});

test('what was done to the roster is in the audit chain', async () => {
  const rows = await api.admin`
    select distinct action from app.audit_entries where action like 'duty.%' or action like 'absence.%' order by action`;
  expect(rows.map((row) => row['action'])).toEqual([
    'absence.ended',
    'absence.recorded',
    'duty.copied',
    'duty.covered',
    'duty.planned',
  ]);
});
