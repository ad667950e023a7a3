import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { watchAnswers } from '../testing/refusals.ts';

interface Calendar {
  readonly version: number;
  readonly bells: { readonly startsAt: string; readonly endsAt: string };
  readonly terms: { id: number; name: string; startsOn: string; endsOn: string }[];
  readonly days: { day: string; kind: string; label: string }[];
  readonly mayChange: boolean;
}

let api: TestApi;
let lead: Requester;
let girl: Requester;
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  watchAnswers(api);
  [lead, girl] = [await api.as('xinli'), await api.as('weiyuan-a')];
});
afterAll(() => api.stop());

const read = async (who: Requester = lead): Promise<Calendar> => {
  const answer = await who.get('/calendar');
  expect(answer.status).toBe(200);
  return (await answer.json()) as Calendar;
};
const change = async (body: object, who: Requester = lead, version?: number) =>
  who.patch('/calendar', body, { 'if-match': `"${version ?? (await read()).version}"` });
const answerOf = async (answer: Response) =>
  `${answer.status}${answer.status < 400 ? '' : ` ${((await answer.json()) as { code: string }).code}`}`;

describe('the school calendar', () => {
  test('is read by everybody of the school, and changed by those who keep it', async () => {
    const calendar = await read(girl);
    expect(calendar).toMatchObject({ mayChange: false, terms: [{ name: '演示学期' }] });
    expect((await read(await api.as('xinli', 'qinghe'))).terms[0]?.id).not.toBe(
      calendar.terms[0]?.id,
    );
    for (const name of ['weiyuan-a', 'banzhuren', 'nianji', 'zixun', 'baohu'])
      expect(await answerOf(await change({ days: [] }, await api.as(name)))).toBe(
        '403 action.not-allowed',
      );
    for (const name of ['xinli', 'deyu', 'admin'])
      expect(await answerOf(await change({ days: [] }, await api.as(name)))).toBe('200');
  });

  test('takes days, changes them, and puts them back to what the weekday is', async () => {
    const day = '2033-10-03';
    const of = async () => (await read()).days.filter((one) => one.day === day);
    await change({ days: [{ day, kind: 'holiday', label: '国庆节' }] });
    expect(await of()).toEqual([{ day, kind: 'holiday', label: '国庆节' }]);
    await change({ days: [{ day, kind: 'school_day', label: '' }] });
    expect(await of()).toEqual([{ day, kind: 'school_day', label: '' }]);
    await change({ days: [{ day, kind: null, label: '' }] });
    expect(await of()).toEqual([]);
  });

  test('of a day that is named twice keeps the last word', async () => {
    const day = '2033-10-04';
    await change({
      days: [
        { day, kind: 'holiday', label: '' },
        { day, kind: 'school_day', label: '' },
      ],
    });
    expect((await read()).days.find((one) => one.day === day)?.kind).toBe('school_day');
  });

  test('has terms that do not overlap', async () => {
    const term = { id: null, name: '下学期', startsOn: '2033-02-14', endsOn: '2033-07-08' };
    expect(await answerOf(await change({ term }))).toBe('200');
    const made = (await read()).terms.find((one) => one.name === '下学期');
    const after = { ...term, name: '夏季', startsOn: '2033-07-08', endsOn: '2033-07-30' };
    expect(await answerOf(await change({ term: after }))).toBe('409 calendar.terms-overlap');
    expect(await answerOf(await change({ term: { ...after, startsOn: '2033-07-09' } }))).toBe(
      '200',
    );
    const longer = { ...term, id: made?.id, endsOn: '2033-07-09' };
    expect(await answerOf(await change({ term: longer }))).toBe('409 calendar.terms-overlap');
    const shorter = { ...term, id: made?.id, endsOn: '2033-07-01' };
    expect(await answerOf(await change({ term: shorter }))).toBe('200');
    expect((await read()).terms.find((one) => one.id === made?.id)?.endsOn).toBe('2033-07-01');
    const nobodys = { ...term, id: 2_000_000_000, startsOn: '2034-02-14', endsOn: '2034-07-08' };
    expect(await answerOf(await change({ term: nobodys }))).toBe('422 calendar.term-not-found');
    const elsewhere = (await read(await api.as('xinli', 'qinghe'))).terms[0]?.id;
    expect(await answerOf(await change({ term: { ...nobodys, id: elsewhere } }))).toBe(
      '422 calendar.term-not-found',
    );
    expect(await answerOf(await change({ term: { ...nobodys, endsOn: '2034-02-14' } }))).toBe(
      '422 request.invalid',
    );
  });

  test('has a last bell after the first', async () => {
    const bells = { startsAt: '07:50', endsAt: '18:00' };
    expect(await answerOf(await change({ bells: { ...bells, endsAt: '07:50' } }))).toBe(
      '422 request.invalid',
    );
    expect(await answerOf(await change({ bells }))).toBe('200');
    expect((await read()).bells).toEqual(bells);
  });

  test('that somebody else changed meanwhile is not overwritten', async () => {
    const before = await read();
    const days = [{ day: '2033-11-01', kind: 'holiday', label: '' }];
    const [one, other] = await Promise.all([
      change({ days }, lead, before.version),
      change({ days }, await api.as('admin'), before.version),
    ]);
    expect([one?.status, other?.status].sort()).toEqual([200, 412]);
    const late = await change({ days: [] }, lead, before.version);
    expect(await late.json()).toMatchObject({
      code: 'request.version-old',
      current: { version: before.version + 1 },
    });
    expect(await answerOf(await lead.patch('/calendar', { days }))).toBe(
      '428 request.version-missing',
    );
  });

  test('moves nothing that is due already', async () => {
    const { items } = (await (await girl.get('/pupils')).json()) as { items: { id: string }[] };
    const pupil = items.find((one) => one.id !== girl.personId)?.id ?? '';
    await girl.post('/observations', observationInput(pupil, { indicators: ['MOO01'] } as never));
    const dues = () =>
      api.admin`select id, ack_due_at from app.alerts where status = 'open' order by id`;
    const before = await dues();
    expect(before.length).toBeGreaterThan(0);
    const today = Date.now();
    const days = Array.from({ length: 60 }, (_, index) => ({
      day: new Date(today + index * 86_400_000).toISOString().slice(0, 10),
      kind: 'holiday',
      label: '',
    }));
    expect(await answerOf(await change({ days }))).toBe('200');
    expect(await dues()).toEqual(before);
  });

  test('says in the audit chain who changed it', async () => {
    const [row] = await api.admin`
      select person_id from app.audit_entries where action = 'calendar.changed' order by seq desc limit 1`;
    expect(row).toEqual({ person_id: lead.personId });
  });
});
