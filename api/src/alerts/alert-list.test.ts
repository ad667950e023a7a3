import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { watchAnswers } from '../testing/refusals.ts';

interface Row {
  id: string;
  colour: string;
  status: string;
  ackDueAt: string;
  overdue: boolean;
  class: { name: string };
}
interface List {
  items: Row[];
  nextCursor: string | null;
}

let api: TestApi;
let counsellor: Requester;
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  watchAnswers(api);
  counsellor = await api.as('xinli');
  const reporter = await api.as('weiyuan-a');
  const { items } = (await (await reporter.get('/pupils')).json()) as { items: { id: string }[] };
  const others = items.filter((one) => one.id !== reporter.personId).slice(10, 18);
  for (const [index, { id }] of others.entries())
    await reporter.post(
      '/observations',
      observationInput(id, { indicators: [index % 3 === 0 ? 'SUI07' : 'MOO01'] }),
    );
});
afterAll(() => api.stop());

const list = async (query = '', who = counsellor): Promise<List> =>
  (await (await who.get(`/alerts${query}`)).json()) as List;
const keyOf = (row: Row) => `${row.ackDueAt}/${row.id}`;
const cursorOf = (...keys: unknown[]) => Buffer.from(JSON.stringify(keys)).toString('base64url');

describe('the list of alerts', () => {
  test('has the clock that ends first at the top, and among equals an order that stays', async () => {
    const { items, nextCursor } = await list('?limit=100');
    expect(items.length).toBeGreaterThan(12);
    expect(items.map(keyOf)).toEqual(items.map(keyOf).sort());
    expect(nextCursor).toBeNull();
  });

  test('in pages of any size is the same list: nothing twice, nothing left out', async () => {
    const whole = (await list('?limit=100')).items.map((row) => row.id);
    for (const limit of [1, 2, 5, whole.length]) {
      const paged: string[] = [];
      let cursor: string | null = null;
      do {
        const page: List = await list(`?limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`);
        paged.push(...page.items.map((row) => row.id));
        cursor = page.nextCursor;
      } while (cursor);
      expect(paged).toEqual(whole);
    }
  });

  test('keeps its place when an alert before the cursor goes', async () => {
    const whole = (await list('?limit=100')).items;
    const first = await list('?limit=3');
    await api.admin`update app.alerts set status = 'closed' where id = ${first.items[0]?.id ?? ''}`;
    const rest = await list(`?limit=100&cursor=${first.nextCursor}`);
    await api.admin`update app.alerts set status = ${first.items[0]?.status ?? ''} where id = ${first.items[0]?.id ?? ''}`;
    expect(rest.items.map((row) => row.id)).toEqual(whole.slice(3).map((row) => row.id));
  });

  test.each([
    ['not base64', '***'],
    ['not JSON', Buffer.from('{').toString('base64url')],
    ['null', cursorOf().replace(/.*/, 'bnVsbA')],
    ['too few keys', cursorOf('2026-01-01T00:00:00.000Z')],
    ['too many keys', cursorOf('2026-01-01T00:00:00.000Z', crypto.randomUUID(), 1)],
    ['keys in the wrong order', cursorOf(crypto.randomUUID(), '2026-01-01T00:00:00.000Z')],
    ['a date that is none', cursorOf('2026-13-41T00:00:00.000Z', crypto.randomUUID())],
    ['the year 0', cursorOf('0000-01-01T00:00:00.000Z', crypto.randomUUID())],
    ['SQL', cursorOf("2026-01-01' or true --", crypto.randomUUID())],
    ['a zero byte', cursorOf('2026-01-01T00:00:00.000Z\0', crypto.randomUUID())],
    ['the cursor of another list', cursorOf(1, '名字', crypto.randomUUID())],
    ['too long', 'A'.repeat(201)],
  ])('refuses a cursor that is not its own: %s', async (_, cursor) => {
    const response = await counsellor.get(`/alerts?cursor=${encodeURIComponent(cursor)}`);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: 'request.invalid',
      errors: [{ path: 'cursor' }],
    });
  });

  test('is filtered by status and colour, and by nothing else', async () => {
    const { items } = await list('?limit=100');
    for (const colour of ['blue', 'yellow', 'orange', 'red'])
      for (const status of ['open', 'acknowledged', 'closed']) {
        const filtered = await list(`?limit=100&colour=${colour}&status=${status}`);
        const expected = items.filter((row) => row.colour === colour && row.status === status);
        expect(filtered.items).toEqual(expected);
      }
    for (const query of [
      'colour=green',
      'status=lost',
      'limit=0',
      'limit=101',
      'limit=x',
      'sort=id',
    ])
      expect((await counsellor.get(`/alerts?${query}`)).status).toBe(422);
  });

  test('says which clocks have run out, to the minute of domain time', async () => {
    const { items } = await list('?limit=100&status=open');
    const due = Date.parse(items[0]?.ackDueAt ?? '');
    const overdueAt = async (at: number) => {
      api.setNow(new Date(at));
      return (await list('?limit=100&status=open')).items[0]?.overdue;
    };
    expect(await overdueAt(due)).toBe(false);
    expect(await overdueAt(due + 1)).toBe(true);
    api.setNow(new Date());
    for (const row of (await list('?limit=100&status=acknowledged')).items)
      expect(row.overdue).toBe(false);
  });

  test('shows each reader what their role lists, and nothing of another school', async () => {
    const all = (await list('?limit=100')).items;
    const of = async (account: string) => (await list('?limit=100', await api.as(account))).items;
    expect((await of('banzhuren')).map((row) => row.id)).toEqual(
      all.filter((row) => row.class.name === '七(1)班').map((row) => row.id),
    );
    expect((await of('nianji')).map((row) => row.id)).toEqual(
      all.filter((row) => row.class.name.startsWith('七')).map((row) => row.id),
    );
    const leaders = (await of('xiaozhang')).map((row) => row.colour);
    expect(leaders.length).toBeGreaterThan(0);
    expect(leaders.every((colour) => colour === 'orange' || colour === 'red')).toBe(true);
    for (const account of ['weiyuan-a', 'admin', 'baohu']) expect(await of(account)).toEqual([]);
    expect((await list('?limit=100', await api.as('xinli', 'qinghe'))).items).toEqual([]);
  });
});
