import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { watchAnswers } from '../testing/refusals.ts';

let api: TestApi;
let leader: Requester;
let lead: Requester;
let officer: Requester;
let pupil: string;
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  watchAnswers(api);
  leader = await api.as('deyu');
  lead = await api.as('xinli');
  officer = await api.as('baohu');
  await api.admin`update app.sessions set stepped_up_until = now() + interval '10 minutes', step_up_purpose = 'break_glass'`;
  const girl = await api.as('weiyuan-a');
  const { items } = await read<{ items: { id: string }[] }>(girl, '/pupils');
  pupil = items.map((one) => one.id).filter((id) => id !== girl.personId)[11] ?? '';
  const sent = await girl.post(
    '/observations',
    observationInput(pupil, { indicators: ['SUI07'] } as never),
  );
  expect(sent.status).toBe(201);
});
afterAll(() => api.stop());

const read = async <T>(who: Requester, path: string): Promise<T> => {
  const answer = await who.get(path);
  expect([path, answer.status]).toEqual([path, 200]);
  return (await answer.json()) as T;
};
const reason = '公安来电核实情况，需要马上知道预警的原因';
async function openAndEnd(who = leader): Promise<string> {
  const answer = await who.post(`/pupils/${pupil}/break-glass`, {
    category: 'official_request',
    reason,
  });
  expect(answer.status).toBe(201);
  const { id } = (await answer.json()) as { id: string };
  expect((await who.post(`/break-glass/${id}/end`, {})).status).toBe(201);
  return id;
}
interface Glass {
  id: string;
  state: string;
  verdict: string | null;
  pupil: { id: string } | null;
  reason: string | null;
  mayReview: boolean;
  reviews: { by: string; verdict: string; note: string | null }[];
}
const listed = async (who: Requester, query = '') =>
  (await read<{ items: Glass[]; nextCursor: string | null }>(who, `/break-glass?limit=100${query}`))
    .items;
const oneOf = (who: Requester, id: string) => read<Glass>(who, `/break-glass/${id}`);
const review = (who: Requester, id: string, body: unknown) =>
  who.post(`/break-glass/${id}/reviews`, body);
const codeOf = async (answer: Response) =>
  [answer.status, ((await answer.json()) as { code?: string }).code] as const;

describe('what was opened', () => {
  test('is listed to the lead counsellor and the officer, who knows no pupil by name; the reason is read one by one and logged', async () => {
    const id = await openAndEnd();
    const [byLead] = await listed(lead);
    expect(byLead).toMatchObject({ id, state: 'awaiting', verdict: null, pupil: { id: pupil } });
    const [byOfficer] = await listed(officer);
    expect(byOfficer).toMatchObject({ id, pupil: null });
    expect(JSON.stringify(await listed(lead))).not.toContain(reason);
    for (const who of [lead, officer]) {
      expect(await oneOf(who, id)).toMatchObject({ reason, reviews: [], mayReview: true });
      const [entry] = await api.admin<{ action: string; resource: string }[]>`
        select action, resource from app.audit_entries where person_id = ${who.personId} order by seq desc limit 1`;
      expect(entry).toEqual({ action: 'break-glass.read', resource: `break-glass:${id}` });
    }
  });

  test('is nobody else’s to list, to read or to review, not even of whoever opened it', async () => {
    const id = await openAndEnd();
    const strangers = [
      leader,
      await api.as('xiaozhang'),
      await api.as('zixun'),
      await api.as('banzhuren'),
      await api.as('admin'),
      await api.as('weiyuan-b'),
      await api.as('xinli', 'qinghe'),
    ];
    for (const who of strangers) {
      expect((await who.get(`/break-glass/${id}`)).status).toBe(404);
      expect(await codeOf(await review(who, id, { verdict: 'justified' }))).toEqual([
        404,
        'resource.not-found',
      ]);
    }
    for (const who of strangers.slice(0, -1))
      expect(await codeOf(await who.get('/break-glass'))).toEqual([403, 'action.not-allowed']);
    expect(await listed(strangers.at(-1) ?? leader)).toEqual([]);
  });

  test('is never reviewed by whoever opened it, whatever else they are', async () => {
    const id = await openAndEnd();
    await api.admin`insert into app.grants (school_id, id, person_id, role, scope, starts_at)
      values (${leader.schoolId}, gen_random_uuid(), ${leader.personId}, 'lead_counsellor', 'school', now() - interval '1 day')`;
    expect(await oneOf(leader, id)).toMatchObject({ mayReview: false });
    expect(await codeOf(await review(leader, id, { verdict: 'justified' }))).toEqual([
      403,
      'break-glass.own',
    ]);
    await api.admin`delete from app.grants where person_id = ${leader.personId} and role = 'lead_counsellor'`;
  });
});

describe('a review', () => {
  test('has a verdict and words, which are encrypted; the newest counts, and none is ever changed', async () => {
    const id = await openAndEnd();
    for (const body of [
      {},
      { verdict: 'fine' },
      { verdict: 'justified', note: 'x'.repeat(301) },
      { verdict: 'justified', more: 1 },
    ])
      expect((await review(lead, id, body)).status).toBe(422);
    const note = '和当事人核对过时间，请当面说明';
    expect((await review(lead, id, { verdict: 'needs_talk', note })).status).toBe(201);
    expect(await oneOf(officer, id)).toMatchObject({ state: 'reviewed', verdict: 'needs_talk' });
    expect((await review(officer, id, { verdict: 'justified' })).status).toBe(201);
    const after = await oneOf(lead, id);
    expect(after.verdict).toBe('justified');
    expect(after.reviews.map((one) => [one.verdict, one.note])).toEqual([
      ['needs_talk', note],
      ['justified', null],
    ]);
    const [row] = await api.admin<{ note: Buffer }[]>`
      select note from app.break_glass_reviews where glass_id = ${id} and note is not null`;
    expect(row?.note.toString('utf8')).not.toContain('当面');
    const changing =
      await api.admin`select p.privilege from unnest(array['update', 'delete']) p (privilege)
      where has_any_column_privilege('shaodian_app', 'app.break_glass_reviews', case p.privilege when 'delete' then 'update' else p.privilege end)
        or has_table_privilege('shaodian_app', 'app.break_glass_reviews', p.privilege)`;
    expect([...changing]).toEqual([]);
  });

  test.each([
    { left: '5 seconds', state: 'awaiting' },
    { left: '-1 second', state: 'overdue' },
  ])('with $left left is $state; whoever looks for it finds it', async ({ left, state }) => {
    const id = await openAndEnd();
    await api.admin`update app.break_glass set opened_at = now() - interval '3 days', expires_at = now() - interval '3 days',
      review_due_at = now() + ${left}::interval where id = ${id}`;
    expect((await oneOf(lead, id)).state).toBe(state);
    for (const one of ['awaiting', 'overdue', 'reviewed'])
      expect((await listed(lead, `&state=${one}`)).some((row) => row.id === id)).toBe(
        one === state,
      );
    expect((await review(lead, id, { verdict: 'not_justified' })).status).toBe(201);
    expect((await listed(officer, '&state=reviewed')).map((row) => row.id)).toContain(id);
  });

  test('is due at the last bell of the second working day', async () => {
    const id = await openAndEnd();
    const [row] = await api.admin<{ local: string; days: number }[]>`
      select to_char(review_due_at at time zone 'Asia/Shanghai', 'HH24:MI') as local,
        (review_due_at at time zone 'Asia/Shanghai')::date - (opened_at at time zone 'Asia/Shanghai')::date as days
      from app.break_glass where id = ${id}`;
    const [bell] = await api.admin<{ ends: string }[]>`
      select to_char(bell_ends_at, 'HH24:MI') as ends from app.schools where id = ${leader.schoolId}`;
    expect(row?.local).toBe(bell?.ends);
    expect(row?.days).toBeGreaterThanOrEqual(2);
  });

  test('is paged through, none twice and none left out', async () => {
    for (let at = 0; at < 5; at += 1) await openAndEnd();
    const all = (await listed(officer)).map((row) => row.id);
    const paged: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const path: string = `/break-glass?limit=2${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
      const page: { items: Glass[]; nextCursor: string | null } = await read(officer, path);
      paged.push(...page.items.map((row) => row.id));
      cursor = page.nextCursor;
    }
    expect(paged).toEqual(all);
    expect(all.length).toBeGreaterThan(8);
  });

  test('is not read any more once the pupil is erased; that it was opened stays', async () => {
    const id = await openAndEnd();
    await api.admin`delete from app.data_keys where subject_kind = 'pupil' and subject_id = ${pupil}`;
    expect(await oneOf(lead, id)).toMatchObject({ reason: null, state: 'awaiting' });
    expect((await review(lead, id, { verdict: 'justified', note: '已经核对' })).status).toBe(201);
    const after = await oneOf(lead, id);
    expect(after).toMatchObject({ state: 'reviewed', reviews: [{ note: null }] });
    await api.admin`update app.pupils set erased_at = now() where id = ${pupil}`;
    const input = { category: 'official_request', reason };
    expect((await leader.post(`/pupils/${pupil}/break-glass`, input)).status).toBe(404);
    const keys =
      await api.admin`select from app.data_keys where subject_kind = 'pupil' and subject_id = ${pupil}`;
    expect([...keys]).toEqual([]);
  });
});
