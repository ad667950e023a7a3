import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { watchAnswers } from '../testing/refusals.ts';

interface Pupil {
  id: string;
  name: string;
  studentNoLast4: string | null;
  class: { id: number; name: string };
}

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  watchAnswers(api);
});
afterAll(() => api.stop());

const page = async (who: Requester, query = '') =>
  (await (await who.get(`/pupils?${query}`)).json()) as {
    items: Pupil[];
    nextCursor: string | null;
  };
async function whole(who: Requester, query: string): Promise<Pupil[]> {
  const pupils: Pupil[] = [];
  let cursor: string | null = null;
  do {
    const next = await page(who, `${query}${cursor ? `&cursor=${cursor}` : ''}`);
    pupils.push(...next.items);
    ({ nextCursor: cursor } = next);
  } while (cursor);
  return pupils;
}
const classesOf = async (who: Requester) =>
  (
    (await (await who.get('/classes')).json()) as {
      items: { id: number; name: string; pupils: number }[];
    }
  ).items;

describe('the pupils', () => {
  test('of the school come in pages: all 1,080, none twice, whatever the size of a page', async () => {
    const who = await api.as('xinli');
    const [small, large] = [await whole(who, 'limit=170'), await whole(who, 'limit=200')];
    expect(small).toHaveLength(1080);
    expect(new Set(small.map((one) => one.id)).size).toBe(1080);
    expect(small).toEqual(large);
  });

  test('are those of the reader’s classes', async () => {
    const names = async (account: string) => [
      ...new Set((await whole(await api.as(account), 'limit=200')).map((one) => one.class.name)),
    ];
    expect(await names('banzhuren')).toEqual(['七(1)班']);
    expect(await names('weiyuan-a')).toEqual(['七(1)班']);
    expect((await names('nianji')).every((name) => name.startsWith('七'))).toBe(true);
    expect(await names('baohu')).toEqual([]);
    const elsewhere = await whole(await api.as('xinli', 'qinghe'), 'limit=200');
    expect(elsewhere).toHaveLength(36);
  });

  test('carry a number for those who read the roster, and none for those who only list it', async () => {
    const numbers = async (account: string) =>
      (await page(await api.as(account))).items.map((one) => one.studentNoLast4);
    for (const account of ['banzhuren', 'nianji', 'xinli', 'admin'])
      expect((await numbers(account)).every((no) => typeof no === 'string')).toBe(true);
    for (const account of ['weiyuan-a', 'xiaozhang'])
      expect(new Set(await numbers(account))).toEqual(new Set([null]));
  });

  test('are searched by a part of the name, taken literally, and by class', async () => {
    const who = await api.as('xinli');
    const all = await whole(who, 'limit=200');
    const part = all[0]?.name.slice(1) ?? '';
    const found = await whole(who, `limit=200&q=${encodeURIComponent(part)}`);
    expect(found).toEqual(all.filter((one) => one.name.includes(part)));
    for (const literal of ['%', '_', "' or 1=1", '\\'])
      expect((await page(who, `q=${encodeURIComponent(literal)}`)).items).toEqual([]);
    const classId = all.at(-1)?.class.id;
    expect(await whole(who, `limit=200&class=${classId}`)).toEqual(
      all.filter((one) => one.class.id === classId),
    );
  });

  test('of a class that is not the reader’s are none, as of a class that is not', async () => {
    const other = (await classesOf(await api.as('banzhuren-2')))[0]?.id;
    const who = await api.as('banzhuren');
    for (const id of [other, 2_147_483_647])
      expect(await page(who, `class=${id}`)).toEqual({ items: [], nextCursor: null });
    for (const query of [
      'class=0',
      'class=2147483648',
      'class=x',
      'limit=0',
      'limit=201',
      'q=',
      `q=${'a'.repeat(61)}`,
    ])
      expect((await who.get(`/pupils?${query}`)).status).toBe(422);
  });
});

describe('the classes', () => {
  test('are those whose pupils the reader lists, by grade and number, with their sizes', async () => {
    const classes = await classesOf(await api.as('xinli'));
    expect(classes).toHaveLength(24);
    expect(classes.reduce((sum, one) => sum + one.pupils, 0)).toBe(1080);
    expect(classes.slice(0, 2).map((one) => one.name)).toEqual(['七(1)班', '七(2)班']);
    expect((await classesOf(await api.as('banzhuren'))).map((one) => one.name)).toEqual([
      '七(1)班',
    ]);
    expect(await classesOf(await api.as('baohu'))).toEqual([]);
  });
});
