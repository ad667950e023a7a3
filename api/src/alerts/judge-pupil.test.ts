import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { ObservationInput } from '../observations/observations.schemas.ts';
import { observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { watchAnswers } from '../testing/refusals.ts';

interface AlertState {
  id: string;
  colour: string;
  tier: string;
  status: string;
  ack_clock: string;
  minutes: number;
  raised_at: Date;
  holder: string | null;
  needs_review: string | null;
  guardian_locked: boolean;
  mandatory_report: boolean;
  counsellor_only: boolean;
  acknowledged_at: Date | null;
}

let api: TestApi;
let girl: Requester;
let boy: Requester;
let pupils: string[];
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  watchAnswers(api);
  [girl, boy] = [await api.as('weiyuan-a'), await api.as('weiyuan-b')];
  const { items } = (await (await girl.get('/pupils')).json()) as { items: { id: string }[] };
  // The last of the list: the demo's stories are about the first.
  pupils = items.map((one) => one.id).filter((id) => id !== girl.personId && id !== boy.personId);
});
afterAll(() => api.stop());

const nextPupil = (): string => pupils.pop() ?? '';
const observe = async (pupilId: string, changes: Partial<ObservationInput>, by = girl) =>
  expect((await by.post('/observations', observationInput(pupilId, changes))).status).toBe(201);
const alertsOn = (pupilId: string) =>
  api.admin<
    AlertState[]
  >`select a.id, a.colour, a.tier, a.status, a.ack_clock, a.raised_at, a.needs_review, a.guardian_locked,
      a.mandatory_report, a.counsellor_only, a.acknowledged_at, acc.name as holder,
      extract(epoch from a.ack_due_at - a.raised_at)::int / 60 as minutes
    from app.alerts a left join app.accounts acc on acc.school_id = a.school_id and acc.person_id = a.holder_id
    where a.pupil_id = ${pupilId} order by a.counsellor_only`;
const only = async (pupilId: string): Promise<AlertState> => {
  const alerts = await alertsOn(pupilId);
  expect(alerts).toHaveLength(1);
  return alerts[0] as AlertState;
};
const acknowledge = async (pupilId: string) =>
  expect(
    (
      await (
        await api.as('xinli')
      ).post(`/alerts/${(await only(pupilId)).id}/acknowledgement`, { nextStep: 'go_to_pupil' })
    ).status,
  ).toBe(201);
const later = (minutes: number) => api.setNow(new Date(Date.now() + minutes * 60_000));
const visibleTo = async (account: string, id: string) =>
  (await (await api.as(account)).get(`/alerts/${id}`)).status === 200;

describe('what comes in while an alert is open', () => {
  test('a second emergency re-opens what was acknowledged, with a fresh clock', async () => {
    const pupil = nextPupil();
    await observe(pupil, { indicators: ['SUI02'] });
    const first = await only(pupil);
    expect(first).toMatchObject({ colour: 'red', ack_clock: 'red', minutes: 10, holder: 'xinli' });
    await acknowledge(pupil);
    later(60);
    await observe(pupil, { indicators: ['SUI01'] }, boy);
    const again = await only(pupil);
    expect(again).toMatchObject({
      id: first.id,
      status: 'open',
      colour: 'red',
      minutes: 10,
      acknowledged_at: null,
    });
    expect(again.raised_at.getTime() - first.raised_at.getTime()).toBeGreaterThan(59 * 60_000);
    const events =
      await api.admin`select kind from app.alert_events where alert_id = ${first.id} order by at`;
    expect(events.map((row) => row['kind'])).toEqual(['raised', 'acknowledged', 'fresh_emergency']);
    api.setNow(new Date());
  });

  test('a serious sign restarts the orange clock once a red one was answered', async () => {
    const pupil = nextPupil();
    await observe(pupil, { indicators: ['SUI02'] });
    await acknowledge(pupil);
    await observe(pupil, { indicators: ['SUI09'] });
    expect(await only(pupil)).toMatchObject({
      status: 'open',
      colour: 'red',
      ack_clock: 'orange',
      holder: 'xinli',
    });
  });

  test('a serious sign leaves a red clock that still runs alone', async () => {
    const pupil = nextPupil();
    await observe(pupil, { indicators: ['SUI02'] });
    const before = await only(pupil);
    later(5);
    await observe(pupil, { indicators: ['SUI09'] });
    expect(await only(pupil)).toEqual(before);
    api.setNow(new Date());
  });

  test('a concern is attached to what is open, acknowledged or not, and starts nothing', async () => {
    const pupil = nextPupil();
    await observe(pupil, { indicators: ['SUI07'] });
    const open = await only(pupil);
    await observe(pupil, { indicators: ['MOO01'] }, boy);
    expect(await only(pupil)).toEqual(open);
    await acknowledge(pupil);
    await observe(pupil, { indicators: ['MOO02'] });
    const after = await only(pupil);
    expect(after.status).toBe('acknowledged');
    const evidence = await api.admin`select from app.alert_evidence where alert_id = ${after.id}`;
    expect(evidence).toHaveLength(3);
  });

  test('a higher colour lifts the alert, finds its holder anew and starts its clock', async () => {
    const pupil = nextPupil();
    await observe(pupil, { indicators: ['MOO01'] });
    expect(await only(pupil)).toMatchObject({ colour: 'blue', tier: 'class', holder: 'banzhuren' });
    await observe(pupil, { indicators: ['SUI07'] });
    expect(await only(pupil)).toMatchObject({
      colour: 'orange',
      tier: 'school',
      holder: 'xinli',
      minutes: 30,
    });
  });

  test('a second person who noticed makes it yellow, and the grade head holds it', async () => {
    const pupil = nextPupil();
    await observe(pupil, { indicators: ['MOO01'] });
    await observe(pupil, { indicators: ['MOO02'] });
    expect(await only(pupil)).toMatchObject({ colour: 'blue', holder: 'banzhuren' });
    await observe(pupil, { indicators: ['ANX02'], knownBy: 'told_by_others' }, boy);
    expect(await only(pupil)).toMatchObject({ colour: 'blue', holder: 'banzhuren' });
    await observe(pupil, { indicators: ['ANX02'] }, boy);
    const alert = await only(pupil);
    expect(alert).toMatchObject({
      colour: 'yellow',
      tier: 'grade',
      ack_clock: 'yellow',
      holder: 'nianji',
    });
    const seen = await (await (await api.as('nianji')).get(`/alerts/${alert.id}`)).json();
    expect(seen).toMatchObject({ canAcknowledge: true, reasons: [{ rule: 'R4' }, { rule: 'R9' }] });
    // The homeroom teacher, who had it, is told what became of it.
    expect(await visibleTo('banzhuren', alert.id)).toBe(true);
  });

  test('an answered orange one asks again when a sign makes an earlier one serious', async () => {
    const pupil = nextPupil();
    await observe(pupil, { indicators: ['MOO06'] });
    await acknowledge(pupil);
    await observe(pupil, { indicators: ['ANX01'] });
    expect(await only(pupil)).toMatchObject({ status: 'acknowledged' });
    // A death in the family is a concern; beside "cannot stop crying" it is serious.
    await observe(pupil, { indicators: ['FAM01'] });
    expect(await only(pupil)).toMatchObject({
      status: 'open',
      colour: 'orange',
      ack_clock: 'orange',
    });
  });

  test('after it was closed raises another', async () => {
    const pupil = nextPupil();
    await observe(pupil, { indicators: ['MOO01'] });
    await api.admin`update app.alerts set status = 'closed' where pupil_id = ${pupil}`;
    await observe(pupil, { indicators: ['MOO02'] });
    expect((await alertsOn(pupil)).map((one) => one.status).sort()).toEqual(['closed', 'open']);
  });

  test('at the same moment from two seats is one alert', async () => {
    const pupil = nextPupil();
    await observe(pupil, { indicators: ['MOO01'] });
    const sent = await Promise.all([
      girl.post('/observations', observationInput(pupil, { indicators: ['SUI02'] })),
      boy.post('/observations', observationInput(pupil, { indicators: ['SUI07'] })),
    ]);
    expect(sent.map((one) => one.status)).toEqual([201, 201]);
    expect(await only(pupil)).toMatchObject({ colour: 'red', tier: 'school' });
  });
});

describe('a sign that', () => {
  test('points at the family locks the guardian notice, and the counsellor holds it', async () => {
    for (const aboutWhom of ['family', 'unknown'] as const) {
      const pupil = nextPupil();
      await observe(pupil, { indicators: ['ABU01'], aboutWhom });
      expect(await only(pupil)).toMatchObject({
        guardian_locked: true,
        mandatory_report: true,
        holder: 'xinli',
        tier: 'school',
      });
    }
  });

  test('locked the guardian notice keeps it locked, whatever comes later', async () => {
    const pupil = nextPupil();
    await observe(pupil, { indicators: ['ABU01'], aboutWhom: 'family' });
    await observe(pupil, { indicators: ['ABU01'], aboutWhom: 'classmate' }, boy);
    expect(await only(pupil)).toMatchObject({ guardian_locked: true });
  });

  test('locked the guardian notice keeps it locked, even when it is corrected afterwards', async () => {
    const pupil = nextPupil();
    await observe(pupil, { indicators: ['ABU01'], aboutWhom: 'family' });
    await api.admin`update app.observation_details set about_whom = 'classmate' where pupil_id = ${pupil}`;
    await observe(pupil, { indicators: ['MOO01'] }, boy);
    expect(await only(pupil)).toMatchObject({ guardian_locked: true, holder: 'xinli' });
  });

  test('is about school staff makes an alert of its own, for counsellors alone', async () => {
    const pupil = nextPupil();
    await observe(pupil, { indicators: ['MOO01'] });
    const before = await only(pupil);
    await observe(pupil, { indicators: ['ABU02'], aboutWhom: 'school_staff' });
    const [listed, hidden] = await alertsOn(pupil);
    expect(listed).toEqual(before);
    expect(hidden).toMatchObject({ counsellor_only: true, colour: 'red', holder: 'xinli' });
    for (const account of ['banzhuren', 'nianji', 'deyu', 'xiaozhang'])
      expect(await visibleTo(account, hidden?.id ?? '')).toBe(false);
    expect(await visibleTo('zixun', hidden?.id ?? '')).toBe(true);
  });
});

describe('an alert is never silence:', () => {
  test('without a duty list it goes on to the next who is there', async () => {
    const pupil = nextPupil();
    await api.admin`update app.duty_slots set ends_at = '2000-01-01'`;
    await observe(pupil, { indicators: ['SUI02'] });
    expect(await only(pupil)).toMatchObject({ holder: 'xinli', needs_review: null });
    await api.admin`update app.duty_slots set ends_at = null`;
  });

  test('without anybody who could hold it, it is stored for review, and whoever gets a role sees it', async () => {
    const pupil = nextPupil();
    const staff = api.admin`role <> 'committee_member' and ends_at is null and school_id = ${girl.schoolId}`;
    const ended = await api.admin<
      { id: string }[]
    >`update app.grants set ends_at = now() where ${staff} returning id`;
    await api.admin`update app.duty_slots set ends_at = '2000-01-01' where school_id = ${girl.schoolId}`;
    await observe(pupil, { indicators: ['SUI02'] });
    const alert = await only(pupil);
    expect(alert).toMatchObject({
      colour: 'red',
      status: 'open',
      holder: null,
      needs_review: 'no-holder',
      minutes: 10,
    });
    const everybody = [
      'banzhuren',
      'nianji',
      'xinli',
      'zixun',
      'deyu',
      'xiaozhang',
      'admin',
      'baohu',
    ];
    for (const account of everybody) expect(await visibleTo(account, alert.id)).toBe(false);
    await api.admin`update app.grants set ends_at = null where id = any (${ended.map((row) => row.id)})`;
    await api.admin`update app.duty_slots set ends_at = null where school_id = ${girl.schoolId}`;
    const seen = await (await (await api.as('xinli')).get(`/alerts/${alert.id}`)).json();
    expect(seen).toMatchObject({ needsReview: true, holder: null, canAcknowledge: true });
  });

  describe('when the rules fail on what is stored', () => {
    const spoil = async (pupil: string) => {
      const observation = randomUUID();
      await observe(pupil, { indicators: ['POS01'] });
      await api.admin`insert into app.observations select (o).* from (select jsonb_populate_record(o, jsonb_build_object('id', ${observation}::text, 'indicators', array['ZZZ99'])) as o
        from app.observations o where o.pupil_id = ${pupil} limit 1) x`;
      await api.admin`insert into app.observation_details select (d).* from (select jsonb_populate_record(d, jsonb_build_object('observation_id', ${observation}::text)) as d
        from app.observation_details d where d.pupil_id = ${pupil} limit 1) x`;
    };

    test('an alert says that a person must look', async () => {
      const pupil = nextPupil();
      await spoil(pupil);
      expect(await alertsOn(pupil)).toEqual([]);
      await observe(pupil, { indicators: ['MOO01'] });
      expect(await only(pupil)).toMatchObject({
        colour: 'orange',
        tier: 'school',
        status: 'open',
        minutes: 30,
        holder: 'xinli',
        needs_review: 'evaluation-failed',
        guardian_locked: true,
      });
    });

    test('what was red stays red and must be reported as before, and an answered alert asks for a person again', async () => {
      const pupil = nextPupil();
      await observe(pupil, { indicators: ['SUI02', 'ABU01'], aboutWhom: 'family' });
      await acknowledge(pupil);
      const before = await only(pupil);
      expect(before).toMatchObject({ colour: 'red', mandatory_report: true });
      await spoil(pupil);
      await observe(pupil, { indicators: ['MOO01'] });
      expect(await only(pupil)).toMatchObject({
        colour: 'red',
        mandatory_report: true,
        status: 'open',
        needs_review: 'evaluation-failed',
      });
    });

    test('an emergency is red all the same', async () => {
      const pupil = nextPupil();
      await spoil(pupil);
      await observe(pupil, { indicators: ['SUI02'] });
      expect(await only(pupil)).toMatchObject({
        colour: 'red',
        ack_clock: 'red',
        minutes: 10,
        needs_review: 'evaluation-failed',
      });
    });
  });
});
