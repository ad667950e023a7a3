import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { observationInput, startTestApi, testMaster } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { recordAct } from '../db/database.ts';
import { verifySchool } from './verify-school.ts';

let api: TestApi;
let pupil: Requester;
let counsellor: Requester;
let teacher: Requester;
let officer: Requester;
let classmate: string;

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  pupil = await api.as('weiyuan-a');
  counsellor = await api.as('xinli');
  teacher = await api.as('banzhuren');
  officer = await api.as('baohu');
  const list = (await (await pupil.get('/pupils')).json()) as { items: { id: string }[] };
  classmate = list.items.find((one) => one.id !== pupil.personId)?.id ?? '';
});
afterAll(() => api.stop());

interface Entry {
  readonly seq: string;
  readonly action: string;
  readonly person_id: string | null;
  readonly mark: string | null;
  readonly why: string;
  readonly code: string;
  readonly resource: string;
  readonly subjects: string[];
}

/** What `work` added to the chain of the school. */
async function addedBy(work: () => Promise<unknown>): Promise<Entry[]> {
  const last = () => api.admin<{ n: string }[]>`
    select coalesce(max(seq), 0) as n from app.audit_entries where school_id = ${pupil.schoolId}`;
  const before = (await last())[0]?.n ?? '0';
  await work();
  return [
    ...(await api.admin<Entry[]>`
      select * from app.audit_entries where school_id = ${pupil.schoolId} and seq > ${before} order by seq`),
  ];
}

const pseudonym = (id: string) => testMaster.markOf(pupil.schoolId, 'audit-subject', id);

describe('what is recorded', () => {
  test('a peer’s observation is kept without the pupil, under the reporter’s mark: the chain does not say who reported whom', async () => {
    const entries = await addedBy(() => pupil.post('/observations', observationInput(classmate)));
    expect(entries).toMatchObject([
      {
        action: 'observation.recorded',
        person_id: null,
        mark: pupil.context.mark,
        subjects: [],
        resource: '',
      },
    ]);
  });

  test('a teacher’s observation is kept with the pupil’s pseudonym, never the id', async () => {
    const entries = await addedBy(() => teacher.post('/observations', observationInput(classmate)));
    expect(entries).toMatchObject([
      {
        action: 'observation.recorded',
        person_id: teacher.personId,
        mark: null,
        subjects: [pseudonym(classmate)],
      },
    ]);
    expect(JSON.stringify(entries)).not.toContain(classmate);
  });

  test('reading what was reported about a pupil is kept with the reason for which they might', async () => {
    const entries = await addedBy(() => counsellor.get(`/observations?pupil=${classmate}`));
    expect(entries).toMatchObject([
      {
        action: 'observations.read',
        person_id: counsellor.personId,
        why: 'lead_counsellor',
        subjects: [pseudonym(classmate)],
      },
    ]);
    const [own] = await addedBy(() => teacher.get(`/observations?pupil=${classmate}`));
    expect(own?.why).toMatch(/^homeroom_teacher:\d+$/);
  });

  test('a repeated request is kept once', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const send = () => teacher.post('/observations', observationInput(classmate), headers);
    expect(await addedBy(send)).toHaveLength(1);
    expect(await addedBy(send)).toHaveLength(0);
  });

  test('a refusal for want of a right is kept: who, which route, which code', async () => {
    const entries = await addedBy(() => teacher.get(`/alerts/${crypto.randomUUID()}`));
    expect(entries).toMatchObject([
      {
        action: 'request.refused',
        person_id: teacher.personId,
        code: 'resource.not-found',
        resource: 'GET /api/alerts/:id',
      },
    ]);
  });

  test('a wrong password is kept with the account, and of an unknown name only that there was one', async () => {
    const wrong = (account: string) =>
      api.anonymous('POST', '/session', { school: 'jiangpan', account, password: 'wrong' });
    const arrived = async (account: string) =>
      addedBy(async () => {
        await wrong(account);
        await expect
          .poll(
            async () =>
              (await api.admin`select from app.audit_entries where action = 'session.refused'`)
                .length,
          )
          .toBeGreaterThan(0);
        await api.admin`select pg_sleep(0.2)`;
      });
    const [known] = await arrived('zixun');
    expect(known).toMatchObject({ action: 'session.refused', person_id: null });
    expect(known?.resource).toMatch(/^account:[0-9a-f-]{36}$/);
    expect((await arrived('nobody-here'))[0]).toMatchObject({ resource: '' });
  });
});

describe('the order of things', () => {
  test('what is rolled back is not in the chain', async () => {
    const entries = await addedBy(() =>
      api.deps.db
        .asActor(counsellor.context, async (trx) => {
          recordAct(trx, { action: 'alert.read' });
          await Promise.reject(new Error('no'));
        })
        .catch(() => undefined),
    );
    expect(entries).toEqual([]);
  });

  test('a read that cannot be recorded is not answered: 503', async () => {
    const held = await api.admin.reserve();
    await held`begin`;
    await held`select * from app.audit_heads where school_id = ${pupil.schoolId} for update`;
    const started = performance.now();
    const answer = await counsellor.get(`/observations?pupil=${classmate}`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: 'service.unavailable' });
    // lock_timeout, not a request that waits for ever.
    expect(performance.now() - started).toBeLessThan(5_000);
    await held`rollback`;
    held.release();
    expect((await counsellor.get(`/observations?pupil=${classmate}`)).status).toBe(200);
  });

  test('eight writers at once leave one whole chain', async () => {
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let n = 0; n < 10; n += 1)
          await api.deps.db.asActor(counsellor.context, async (trx) => {
            recordAct(trx, { action: 'alert.read', pupils: [classmate], why: 'counsellor' });
            recordAct(trx, { action: 'alert.companion' });
          });
      }),
    );
    const verdict = await verifySchool({ db: api.deps.db, master: testMaster }, pupil.schoolId);
    expect(verdict).toMatchObject({ firstBad: null });
    expect(verdict.entries).toBeGreaterThan(160);
  });

  test('both sides must come to the same hash, or nothing is written', async () => {
    const forged = api.deps.db.asActor(counsellor.context, async (trx) => {
      const { sql } = await import('kysely');
      await sql`select * from sec.audit_begin()`.execute(trx);
      await sql`select sec.audit_append('{"list": []}', 'x')`.execute(trx);
    });
    await expect(forged).rejects.toMatchObject({ code: '28000' });
  });
});

describe('who may read it', () => {
  const seen = (who: Requester) =>
    api.deps.db.asActor(who.context, (trx) =>
      trx.selectFrom('audit_entries').select(['kind', 'area', 'person_id', 'mark']).execute(),
    );

  test('the officer all of it; the lead counsellor what was read; a pupil only what they did themselves', async () => {
    const [all] = await api.admin<{ n: number }[]>`
      select count(*)::int as n from app.audit_entries where school_id = ${pupil.schoolId}`;
    expect(await seen(officer)).toHaveLength(all?.n ?? -1);
    for (const row of await seen(pupil)) expect(row.mark).toBe(pupil.context.mark);
    const read = await seen(counsellor);
    expect(read.some((row) => row.person_id === teacher.personId)).toBe(true);
    expect(read.every((row) => row.kind === 'read' || row.person_id === counsellor.personId)).toBe(
      true,
    );
  });
});
