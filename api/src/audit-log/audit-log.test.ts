import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';

let api: TestApi;
let people: Record<
  'pupil' | 'teacher' | 'lead' | 'counsellor' | 'leader' | 'officer' | 'admin',
  Requester
>;
let classmate: string;

interface Entry {
  readonly seq: number;
  readonly by: { readonly kind: string; readonly name: string | null; readonly me: boolean };
  readonly action: string;
  readonly kind: string;
  readonly area: string;
}

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  people = {
    pupil: await api.as('weiyuan-a'),
    teacher: await api.as('banzhuren'),
    lead: await api.as('xinli'),
    counsellor: await api.as('zixun'),
    leader: await api.as('deyu'),
    officer: await api.as('baohu'),
    admin: await api.as('admin'),
  };
  const list = (await (await people.pupil.get('/pupils')).json()) as { items: { id: string }[] };
  classmate = list.items.find((one) => one.id !== people.pupil.personId)?.id ?? '';
  await people.pupil.post('/observations', observationInput(classmate));
  await people.teacher.get(`/observations?pupil=${classmate}`);
});
afterAll(() => api.stop());

const listOf = async (who: Requester, query = ''): Promise<Entry[]> => {
  const answer = await who.get(`/audit${query}`);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { items: Entry[] }).items;
};

describe('the audit as a list', () => {
  test('shows a pupil only what they did themselves, and no name of another', async () => {
    const items = await listOf(people.pupil);
    expect(items.length).toBeGreaterThan(0);
    expect(items.every((one) => one.by.me)).toBe(true);
  });

  test('shows the officer a pupil’s act without saying which pupil', async () => {
    const items = await listOf(people.officer, '?kind=act&area=wellbeing&limit=200');
    const reported = items.filter((one) => one.action === 'observation.recorded');
    expect(reported.some((one) => one.by.kind === 'pupil')).toBe(true);
    expect(JSON.stringify(items)).not.toContain(people.pupil.personId);
    expect(JSON.stringify(items)).not.toContain(people.pupil.context.mark);
  });

  test('names no account beside a pupil: it would say whose mark that is', async () => {
    const wrong = { password: 'not the password', newPassword: 'four quiet words here' };
    expect((await people.pupil.post('/account/password', wrong)).status).toBe(422);
    const kept = await api.admin`select code, resource from app.audit_entries
      where mark = ${people.pupil.context.mark} and action = 'session.refused'`;
    expect([...kept]).toEqual([{ code: 'session.password-wrong', resource: '' }]);
  });

  test('shows the administrator nothing of wellbeing but what they did themselves', async () => {
    const items = await listOf(people.admin, '?limit=200');
    expect(items.every((one) => one.area === 'system' || one.by.me)).toBe(true);
  });

  test('comes in pages: every entry once, newest first', async () => {
    const seen: number[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const answer = await people.teacher.get(`/audit?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
      const page = (await answer.json()) as { items: Entry[]; nextCursor: string | null };
      seen.push(...page.items.map((one) => one.seq));
      cursor = page.nextCursor;
    }
    expect(seen.length).toBeGreaterThan(1);
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => b - a));
  });

  test('is itself recorded when it shows what others did, and not when it shows one’s own', async () => {
    await listOf(people.officer);
    const [newest] = await listOf(people.officer, '?kind=read&area=system&limit=1');
    expect(newest).toMatchObject({ action: 'audit.read', by: { me: true } });
    await listOf(people.teacher);
    const own = await listOf(people.teacher, '?limit=200');
    expect(own.some((one) => one.action === 'audit.read')).toBe(false);
  });
});

describe('who opened a pupil', () => {
  const readersFor = (who: Requester) => who.get(`/pupils/${classmate}/readers`);

  test('is told to the lead counsellor, with the reason of each', async () => {
    const answer = (await (await readersFor(people.lead)).json()) as {
      items: { name: string; action: string; why: string }[];
    };
    const staff = await api.admin<
      { name: string }[]
    >`select name from app.staff where id = ${people.teacher.personId}`;
    expect(answer.items.at(-1)).toMatchObject({
      name: staff[0]?.name,
      action: 'observations.read',
      why: expect.stringMatching(/^homeroom_teacher:\d+$/) as string,
    });
  });

  test('is not there for anybody else, whoever else sees the pupil', async () => {
    for (const who of [
      people.teacher,
      people.counsellor,
      people.leader,
      people.pupil,
      people.officer,
      people.admin,
    ]) {
      const answer = await readersFor(who);
      expect(answer.status).toBe(404);
    }
  });
});

describe('the chain', () => {
  test('is verified by the officer, and by nobody else', async () => {
    const verdict = (await (await people.officer.get('/audit/verification')).json()) as {
      firstBad: unknown;
      entries: number;
    };
    expect(verdict).toMatchObject({ firstBad: null });
    expect(verdict.entries).toBeGreaterThan(50);
    for (const who of [people.lead, people.leader, people.admin, people.teacher])
      for (const path of ['/audit/verification', '/audit/chain'])
        expect((await who.get(path)).status).toBe(403);
  });

  test('that was tampered with is named to the officer', async () => {
    await api.admin`update app.audit_entries set why = 'holder' where school_id = ${people.officer.schoolId} and seq = 7`;
    const verdict = await (await people.officer.get('/audit/verification')).json();
    expect(verdict).toMatchObject({ firstBad: { seq: 7, problem: 'altered' } });
  });

  test('is counted for school leaders: figures, no entry', async () => {
    const counts = (await (await people.leader.get('/audit/counts')).json()) as {
      items: { kind: string; area: string; count: number }[];
    };
    const [sum] = await api.admin<{ n: number }[]>`
      select count(*)::int as n from app.audit_entries where school_id = ${people.leader.schoolId}`;
    expect(counts.items.reduce((total, one) => total + one.count, 0)).toBe(sum?.n);
    expect((await people.teacher.get('/audit/counts')).status).toBe(403);
  });
});
