import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { SteppedUp } from '../db/context.ts';
import { sha256 } from '../http/session.ts';
import { observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';

let api: TestApi;
let reporter: Requester;
let counsellor: Requester;
let observation: string;
let pupil: string;

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  reporter = await api.as('weiyuan-a');
  counsellor = await api.as('xinli');
  const list = (await (await reporter.get('/pupils?limit=200')).json()) as {
    items: { id: string }[];
  };
  pupil = list.items.map((one) => one.id).filter((id) => id !== reporter.personId)[9] ?? '';
  const sent = await reporter.post('/observations', observationInput(pupil));
  observation = ((await sent.json()) as { id: string }).id;
});
afterAll(() => api.stop());

const reason = '同一件事有三份上报，要核实是不是同一个人';
const ask = (who: Requester, id = observation, body: unknown = { reason }) =>
  who.post(`/observations/${id}/reporter`, body);
const raise = (who: Requester) =>
  api.admin`update app.sessions set stepped_up_until = now() + interval '10 minutes', step_up_purpose = 'verify_report'
    where token_sha256 = ${sha256(who.cookie.split('=')[1] ?? '')}`;
const raised = async (account: string, school?: string) => {
  const who = await api.as(account, school);
  await raise(who);
  return who;
};
const openings = async () =>
  Number((await api.admin`select count(*) from app.reporter_openings`)[0]?.['count']);

describe('who reported it', () => {
  test('is told to a counsellor and a lead counsellor after the password again, and each look is kept', async () => {
    const before = await openings();
    for (const who of [await raised('xinli'), await raised('zixun')]) {
      const answer = await ask(who);
      expect(answer.status).toBe(200);
      const { reporter: told } = (await answer.json()) as {
        reporter: { id: string; name: string; className: string };
      };
      expect(told).toMatchObject({ id: reporter.personId, className: '七(1)班' });
      const [row] = await api.admin<{ person_id: string; purpose: string; kind: string }[]>`
        select person_id, purpose, kind from app.audit_entries where action = 'reporter.read' order by seq desc limit 1`;
      expect(row).toEqual({ person_id: who.personId, purpose: 'verify_report', kind: 'read' });
    }
    expect(await openings()).toBe(before + 2);
    const rows = await api.admin<{ reason: Buffer }[]>`select reason from app.reporter_openings`;
    for (const row of rows) expect(row.reason.toString('utf8')).not.toContain('核实');
  });

  test('asks a counsellor for the password first, and keeps no look before it', async () => {
    const before = await openings();
    const answer = await ask(counsellor);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code: 'session.step-up-required' });
    expect(await openings()).toBe(before);
  });

  test('asks for a reason of ten characters', async () => {
    const who = await raised('xinli');
    for (const body of [{}, { reason: '想知道' }, { reason: `  ${' '.repeat(20)}` }])
      expect((await ask(who, observation, body)).status).toBe(422);
  });

  test('is gone with the pupil it is about: no name, no look, no new key, and nothing more is reported', async () => {
    const other = await (await reporter.get('/pupils?limit=200')).json();
    const about = (other as { items: { id: string }[] }).items[14]?.id ?? '';
    const sent = await reporter.post('/observations', observationInput(about, { words: '' }));
    const { id } = (await sent.json()) as { id: string };
    await api.admin`update app.alerts set status = 'closed' where pupil_id = ${about}`;
    const asked = await (
      await api.as('admin')
    ).post(`/pupils/${about}/erasure`, {
      reason: 'left_school',
    });
    const erasure = ((await asked.json()) as { id: string }).id;
    const leader = await api.as('deyu');
    expect((await leader.post(`/erasures/${erasure}/approval`, {})).status).toBe(201);
    const before = await openings();
    const answer = await ask(await raised('xinli'), id);
    expect([answer.status, await answer.json()]).toEqual([200, { reporter: null }]);
    expect(await openings()).toBe(before);
    const more = await reporter.post('/observations', observationInput(about, { words: '话' }));
    expect(more.status).toBe(422);
    const keys = await api.admin`select from app.data_keys where subject_id = ${about}`;
    expect(keys).toHaveLength(0);
  });

  test('is for nobody else: one answer, the same as for what never was', async () => {
    const nowhere = await (await ask(await raised('xinli'), randomUUID())).text();
    for (const [account, school] of [
      ['banzhuren'],
      ['nianji'],
      ['deyu'],
      ['xiaozhang'],
      ['baohu'],
      ['admin'],
      ['weiyuan-a'],
      ['weiyuan-b'],
      ['xinli', 'qinghe'],
    ] as const) {
      const who = await raised(account, school);
      const answer = await ask(who);
      expect([account, answer.status, await answer.text()]).toEqual([account, 404, nowhere]);
    }
  });
});

describe('the database', () => {
  const steppedUp: SteppedUp = { until: new Date(Date.now() + 600_000), purpose: 'verify_report' };
  const opening = (who: Requester, claims: SteppedUp | null, purpose = 'verify_report') =>
    api.deps.db.asActor({ ...who.context, steppedUp: claims }, async (trx) => {
      const id = randomUUID();
      await trx
        .insertInto('reporter_openings')
        .values({
          school_id: who.schoolId,
          id,
          observation_id: observation,
          pupil_id: pupil,
          opened_by: who.personId,
          purpose,
          reason: Buffer.from('sealed'),
        })
        .execute();
      const seals = await sql<object>`select * from sec.open_reporter(${id})`.execute(trx);
      return { id, seals: seals.rows.length };
    });
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: { code?: string }) => error.code,
    );

  test('gives the seal against an opening of this transaction, and never again', async () => {
    const { id, seals } = await opening(counsellor, steppedUp);
    expect(seals).toBe(1);
    const later = await api.deps.db.asActor({ ...counsellor.context, steppedUp }, (trx) =>
      sql<object>`select * from sec.open_reporter(${id})`.execute(trx),
    );
    expect(later.rows).toEqual([]);
  });

  test('takes no opening without the claims, for another purpose, or from another role', async () => {
    expect(await codeOf(opening(counsellor, null))).toBe('42501');
    expect(await codeOf(opening(counsellor, steppedUp, 'follow_up'))).toBe('42501');
    const forAnotherDoor = { ...steppedUp, purpose: 'break_glass' } as const;
    expect(await codeOf(opening(counsellor, forAnotherDoor, 'break_glass'))).toBe('42501');
    expect(await codeOf(opening(await api.as('banzhuren'), steppedUp))).toBe('42501');
    expect(await codeOf(opening(await api.as('admin'), steppedUp))).toBe('42501');
  });
});
