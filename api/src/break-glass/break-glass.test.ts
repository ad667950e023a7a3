import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { deliverAll } from '../testing/index.ts';
import type { Requester } from '../testing/index.ts';
import { glassInput, glassReason, startGlassScene } from '../testing/glass-scene.ts';
import type { GlassScene } from '../testing/glass-scene.ts';
import { watchAnswers } from '../testing/refusals.ts';

let scene: GlassScene;
let api: GlassScene['api'];
let leader: Requester;
let lead: Requester;
let officer: Requester;
beforeAll(async () => {
  scene = await startGlassScene(inject('seededUrl'));
  ({ api, leader, lead, officer } = scene);
  watchAnswers(api);
});
afterEach(() => api.admin`update app.break_glass set ended_at = now() where ended_at is null`);
afterAll(() => api.stop());

const read = async <T>(who: Requester, path: string): Promise<T> => {
  const answer = await who.get(path);
  expect([path, answer.status]).toEqual([path, 200]);
  return (await answer.json()) as T;
};
const codeOf = async (answer: Response) =>
  [answer.status, ((await answer.json()) as { code?: string }).code] as const;
interface AlertPage {
  reasons: { codes: string[] }[];
  reasonsClosed: boolean;
  why: { role: string };
}
const reasonsOf = async (who: Requester, alert: string) => {
  const page = await read<AlertPage>(who, `/alerts/${alert}`);
  return { codes: [...new Set(page.reasons.flatMap((one) => one.codes))], why: page.why.role };
};
const activeOf = async (who: Requester) =>
  (await read<{ active: { id: string; pupil: { id: string } } | null }>(who, '/break-glass/active'))
    .active;
const auditOf = (who: Requester, action: string) =>
  api.admin<{ why: string; resource: string; purpose: string }[]>`
    select why, resource, purpose from app.audit_entries where person_id = ${who.personId} and action = ${action} order by seq`;

describe('behind broken glass', () => {
  test('a leader off duty reads why an alert was raised, and each look is kept as such', async () => {
    const pupil = scene.nextPupil();
    const alert = await scene.alertOn(pupil);
    const before = await read<AlertPage>(leader, `/alerts/${alert}`);
    expect(before).toMatchObject({ reasons: [], reasonsClosed: true });
    expect(before.why.role).toBe('school_leader');
    const glass = await scene.open(leader, pupil);
    expect(await activeOf(leader)).toMatchObject({ id: glass, pupil: { id: pupil } });
    expect(await reasonsOf(leader, alert)).toEqual({ codes: ['SUI07'], why: 'break_glass' });
    const reads = await auditOf(leader, 'alert.read');
    expect(reads.slice(-2).map((one) => one.why)).toEqual(['school_leader', 'break_glass']);
    expect(await auditOf(leader, 'break-glass.opened')).toEqual([
      { why: 'school_leader', resource: `break-glass:${glass}`, purpose: 'break_glass' },
    ]);
    const [row] = await api.admin<{ reason: Buffer; minutes: number }[]>`
      select reason, extract(epoch from expires_at - opened_at) / 60 as minutes from app.break_glass where id = ${glass}`;
    expect(row?.reason.toString('utf8')).not.toContain('家长');
    expect(Number(row?.minutes)).toBe(30);
    expect((await scene.end(leader, glass)).status).toBe(201);
  });

  test('reads codes and weeks and nothing else: no words, no counts, no observation, no note', async () => {
    const pupil = scene.nextPupil();
    const alert = await scene.alertOn(pupil);
    const observations = () =>
      read<{ items: unknown[] }>(leader, `/observations?pupil=${pupil}`).then(
        ({ items }) => items.length,
      );
    const tables = () =>
      api.deps.db.asActor(leader.context, async (trx) => {
        const rows = await sql<{ n: string }>`select concat_ws('/',
          (select count(*) from app.observations where pupil_id = ${pupil}),
          (select count(*) from app.observation_details where pupil_id = ${pupil}),
          (select count(*) from app.alert_decisions where pupil_id = ${pupil}),
          (select count(*) from app.alert_evidence where pupil_id = ${pupil})) as n`.execute(trx);
        return rows.rows[0]?.n;
      });
    const glass = await scene.open(leader, pupil);
    expect(await observations()).toBe(0);
    expect(await tables()).toBe('0/0/0/0');
    expect((await leader.get(`/alerts/${alert}`)).status).toBe(200);
    expect((await scene.end(leader, glass)).status).toBe(201);
  });

  test('is one pupil, and one at a time', async () => {
    const [one, other] = [scene.nextPupil(), scene.nextPupil()];
    const [alert, another] = [await scene.alertOn(one), await scene.alertOn(other)];
    const glass = await scene.open(leader, one);
    expect((await reasonsOf(leader, alert)).codes).toEqual(['SUI07']);
    expect(await reasonsOf(leader, another)).toEqual({ codes: [], why: 'school_leader' });
    expect(await codeOf(await scene.ask(leader, other))).toEqual([409, 'break-glass.already-open']);
    expect(await codeOf(await scene.ask(leader, one))).toEqual([409, 'break-glass.already-open']);
    expect((await scene.end(leader, glass)).status).toBe(201);
    const second = await scene.open(leader, other);
    expect((await reasonsOf(leader, alert)).codes).toEqual([]);
    expect((await scene.end(leader, second)).status).toBe(201);
  });

  test('asked for twice at once, with two keys, is opened once', async () => {
    const pupil = scene.nextPupil();
    await scene.alertOn(pupil);
    const answers = await Promise.all([scene.ask(leader, pupil), scene.ask(leader, pupil)]);
    expect(answers.map((one) => one.status).sort()).toEqual([201, 409]);
    await scene.end(leader, (await activeOf(leader))?.id ?? '');
  });

  test('is not another leader’s, nor of a session of another kind', async () => {
    const pupil = scene.nextPupil();
    const alert = await scene.alertOn(pupil);
    const glass = await scene.open(leader, pupil);
    const colleague = await api.as('xiaozhang');
    expect((await reasonsOf(colleague, alert)).codes).toEqual([]);
    expect(await activeOf(colleague)).toBeNull();
    expect(await codeOf(await scene.end(colleague, glass))).toEqual([404, 'resource.not-found']);
    expect((await scene.end(leader, glass)).status).toBe(201);
  });
});

describe('its end', () => {
  test.each([
    { age: '29 minutes 50 seconds', open: true },
    { age: '30 minutes 1 second', open: false },
  ])('$age after it was opened it is open: $open', async ({ age, open }) => {
    const pupil = scene.nextPupil();
    const alert = await scene.alertOn(pupil);
    const glass = await scene.open(leader, pupil);
    await api.admin`update app.break_glass set opened_at = now() - ${age}::interval,
      expires_at = now() - ${age}::interval + interval '30 minutes' where id = ${glass}`;
    expect((await reasonsOf(leader, alert)).codes).toEqual(open ? ['SUI07'] : []);
    expect((await activeOf(leader)) !== null).toBe(open);
    expect((await scene.end(leader, glass)).status).toBe(open ? 201 : 404);
  });

  test('comes at once when the person says so, and only once', async () => {
    const pupil = scene.nextPupil();
    const alert = await scene.alertOn(pupil);
    const glass = await scene.open(leader, pupil);
    expect((await scene.end(leader, glass)).status).toBe(201);
    expect(await reasonsOf(leader, alert)).toEqual({ codes: [], why: 'school_leader' });
    expect(await activeOf(leader)).toBeNull();
    expect((await scene.end(leader, glass)).status).toBe(404);
    expect(await auditOf(leader, 'break-glass.ended')).toContainEqual(
      expect.objectContaining({ resource: `break-glass:${glass}` }),
    );
  });

  test('comes with the role, and with an exclusion, which nothing tells of', async () => {
    const pupil = scene.nextPupil();
    const alert = await scene.alertOn(pupil);
    const glass = await scene.open(leader, pupil);
    const grants = (ends: string | null) =>
      api.admin`update app.grants set ends_at = ${ends} where person_id = ${leader.personId} and role = 'school_leader'`;
    await grants(new Date(Date.now() - 1000).toISOString());
    expect(await activeOf(leader)).toBeNull();
    await grants(null);
    expect(await activeOf(leader)).not.toBeNull();
    const excluded = await lead.post(`/pupils/${pupil}/exclusions`, {
      person: leader.personId,
      kind: 'relative',
    });
    expect(excluded.status).toBe(201);
    expect(await codeOf(await leader.get(`/alerts/${alert}`))).toEqual([404, 'resource.not-found']);
    expect(await activeOf(leader)).toBeNull();
    // The one 404 of a pupil without an alert.
    const nothing = await (await scene.ask(leader, scene.nextPupil())).text();
    const answer = await scene.ask(leader, pupil);
    expect([answer.status, await answer.text()]).toEqual([404, nothing]);
    expect((await scene.end(leader, glass)).status).toBe(404);
  });
});

describe('who may break it', () => {
  test('a leader, where an alert is listed; everybody else and everywhere else gets one and the same answer', async () => {
    const pupil = scene.nextPupil();
    const unlisted = scene.nextPupil();
    await scene.alertOn(pupil);
    await scene.alertOn(unlisted, 'MOO01');
    const nowhere = await (await scene.ask(leader, randomUUID())).text();
    const same = async (who: Requester, about: string) => {
      const answer = await scene.ask(who, about);
      expect([answer.status, await answer.text()]).toEqual([404, nowhere]);
    };
    for (const [account, school] of [
      ['banzhuren'],
      ['nianji'],
      ['xinli'],
      ['zixun'],
      ['baohu'],
      ['admin'],
      ['weiyuan-a'],
      ['xinli', 'qinghe'],
    ] as const)
      await same(await scene.raised(account, school), pupil);
    await same(leader, unlisted);
    await same(leader, scene.nextPupil());
  });

  test('gives the password again first, and for this', async () => {
    const pupil = scene.nextPupil();
    await scene.alertOn(pupil);
    const plain = await api.as('xiaozhang');
    expect(await codeOf(await scene.ask(plain, pupil))).toEqual([403, 'session.step-up-required']);
    await api.admin`update app.sessions set stepped_up_until = now() + interval '10 minutes', step_up_purpose = 'follow_up'
      where person_id = ${plain.personId}`;
    expect(await codeOf(await scene.ask(plain, pupil))).toEqual([403, 'session.step-up-required']);
  });

  test('names a category, and a reason of twenty characters', async () => {
    const pupil = scene.nextPupil();
    await scene.alertOn(pupil);
    const nineteen = '一二三四五六七八九十一二三四五六七八九';
    for (const body of [
      {},
      { reason: glassReason },
      { category: 'missing_pupil' },
      { category: 'curious', reason: glassReason },
      { ...glassInput, reason: nineteen },
      { ...glassInput, reason: `${nineteen}   ` },
      { ...glassInput, reason: 'x'.repeat(501) },
      { ...glassInput, minutes: 600 },
    ])
      expect((await scene.ask(leader, pupil, body)).status).toBe(422);
    expect(
      (await scene.ask(leader, pupil, { ...glassInput, reason: `${nineteen}十` })).status,
    ).toBe(201);
    await scene.end(leader, (await activeOf(leader))?.id ?? '');
  });

  test('and the password given for it opens nothing else', async () => {
    const counsellor = await scene.raised('zixun');
    const { items } = await read<{ items: { id: string }[] }>(
      counsellor,
      `/observations?pupil=${scene.nextPupil()}`,
    );
    expect(items).toEqual([]);
    const pupil = scene.nextPupil();
    await scene.alertOn(pupil);
    const [observation] = await api.admin<{ id: string }[]>`
      select id from app.observations where pupil_id = ${pupil}`;
    const answer = await counsellor.post(`/observations/${observation?.id}/reporter`, {
      reason: '核实这份上报是谁写的',
    });
    expect(await codeOf(answer)).toEqual([403, 'session.step-up-required']);
  });
});

describe('whom it is told', () => {
  const toldOf = (glass: string) =>
    api.admin<{ person: string; kind: string }[]>`
      select person_id as person, kind from app.notices where subject_id = ${glass} order by person_id`;

  test('the lead counsellor and the data-protection officer, nobody else; the notice leads there without a word', async () => {
    const pupil = scene.nextPupil();
    await scene.alertOn(pupil);
    await deliverAll(api);
    const glass = await scene.open(leader, pupil);
    expect(await deliverAll(api)).toBe(1);
    const expected = [lead.personId, officer.personId].sort();
    expect((await toldOf(glass)).map((one) => one.person)).toEqual(expected);
    for (const who of [lead, officer]) {
      const { items } = await read<{
        items: { kind: string; breakGlass: { id: string } | null }[];
      }>(who, '/notices?limit=1');
      expect(items[0]).toMatchObject({ kind: 'break_glass_opened', breakGlass: { id: glass } });
      expect(JSON.stringify(items)).not.toContain('家长');
    }
    await scene.end(leader, glass);
  });

  test('not a lead counsellor who is kept away from the pupil, for whom neither notice nor review is there', async () => {
    const pupil = scene.nextPupil();
    await scene.alertOn(pupil);
    const glass = await scene.open(leader, pupil);
    await deliverAll(api);
    const seen = async () => JSON.stringify(await read(lead, '/notices')).includes(glass);
    expect(await seen()).toBe(true);
    const counsellor = await api.as('zixun');
    const exclusion = { person: lead.personId, kind: 'relative' };
    expect((await counsellor.post(`/pupils/${pupil}/exclusions`, exclusion)).status).toBe(201);
    expect(await seen()).toBe(false);
    expect((await lead.get(`/break-glass/${glass}`)).status).toBe(404);
    expect(JSON.stringify(await read(lead, '/break-glass?limit=100'))).not.toContain(glass);
    await scene.end(leader, glass);
    const again = await scene.open(leader, pupil);
    await deliverAll(api);
    expect((await toldOf(again)).map((one) => one.person)).toEqual([officer.personId]);
    await scene.end(leader, again);
  });
});
