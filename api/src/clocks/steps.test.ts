import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { carryOutDue, deliverAll, observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { watchAnswers } from '../testing/refusals.ts';

let api: TestApi;
let reporter: Requester;
let pupils: string[];
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  watchAnswers(api);
  reporter = await api.as('weiyuan-a');
  const { items } = (await (await reporter.get('/pupils')).json()) as { items: { id: string }[] };
  pupils = items.map((one) => one.id).filter((id) => id !== reporter.personId);
  await api.admin`update app.alert_clocks set state = 'stopped', ended_at = now() where state = 'running'`;
});
afterAll(() => api.stop());

const raisedAt = new Date();
const later = (minutes: number) => api.setNow(new Date(raisedAt.getTime() + minutes * 60_000));
const observe = async (pupilId: string, changes: Parameters<typeof observationInput>[1]) => {
  expect((await reporter.post('/observations', observationInput(pupilId, changes))).status).toBe(
    201,
  );
  const [row] = await api.admin<{ id: string }[]>`select id from app.alerts
    where pupil_id = ${pupilId} and status <> 'closed'`;
  return row?.id ?? '';
};
const raise = (changes: Parameters<typeof observationInput>[1]) => {
  api.setNow(raisedAt);
  return observe(pupils.pop() ?? '', changes);
};
const act = async (account: string, id: string, what: string, body: unknown) => {
  const response = await (await api.as(account)).post(`/alerts/${id}/${what}`, body);
  const { code } = (await response.json()) as { code?: string };
  return code ? `${response.status} ${code}` : String(response.status);
};
const step = (account: string, id: string, body: unknown) => act(account, id, 'steps', body);
interface Read {
  clocks: { step: string; state: string; missed: number; overdue: boolean }[];
  events: { kind: string; step: string | null; way: string | null; by: string | null }[];
}
const read = async (account: string, id: string) =>
  (await (await (await api.as(account)).get(`/alerts/${id}`)).json()) as Read;
const clocks = async (id: string) =>
  Object.fromEntries((await read('xinli', id)).clocks.map((one) => [one.step, one.state]));

describe('the steps after the acknowledgement', () => {
  test('stop their own clock, and are shown with who did them; the words are sealed', async () => {
    const id = await raise({ indicators: ['SUI02'] });
    expect(await clocks(id)).toEqual({
      acknowledge: 'running',
      contact: 'running',
      assessment: 'running',
      guardian: 'running',
    });
    await act('xinli', id, 'acknowledgement', { nextStep: 'go_to_pupil' });
    expect(await step('xinli', id, { step: 'contact', way: 'beside', note: '在操场找到她' })).toBe(
      '201',
    );
    later(1);
    expect(await step('xinli', id, { step: 'assessment', way: 'confirmed', note: '' })).toBe('201');
    later(2);
    expect(await step('xinli', id, { step: 'guardian', way: 'call', note: '' })).toBe('201');
    expect(new Set(Object.values(await clocks(id)))).toEqual(new Set(['met']));
    const { events } = await read('xinli', id);
    expect(events.filter(({ kind }) => kind === 'step_done')).toMatchObject([
      { step: 'contact', way: 'beside', by: expect.any(String) as string },
      { step: 'assessment', way: 'confirmed' },
      { step: 'guardian', way: 'call' },
    ]);
    const [row] = await api.admin<{ note: Buffer }[]>`select note from app.alert_events
      where alert_id = ${id} and step = 'contact'`;
    expect(row?.note.includes(Buffer.from('操场'))).toBe(false);
    later(600);
    expect(await carryOutDue(api)).toBe(0);
  });

  test('are for whoever may acknowledge, and hidden from whoever does not see the alert', async () => {
    const id = await raise({ indicators: ['MOO01'] });
    const contact = { step: 'contact', way: 'voice' };
    expect(await step('banzhuren-2', id, contact)).toBe('404 resource.not-found');
    expect(await step('weiyuan-a', id, contact)).toBe('404 resource.not-found');
    expect(await step('nianji', id, contact)).toBe('403 alert.not-on-duty');
    expect(await step('banzhuren', id, contact)).toBe('201');
    expect(await step('banzhuren', id, { step: 'contact', way: 'hearsay' })).toBe(
      '422 request.invalid',
    );
    expect(await step('banzhuren', id, { step: 'contact', way: 'voice', words: 'x' })).toBe(
      '422 request.invalid',
    );
    expect(await step('banzhuren', id, { step: 'see_evidence' })).toBe('409 alert.step-not-due');
    await api.admin`update app.alerts set status = 'closed' where id = ${id}`;
    expect(await step('banzhuren', id, contact)).toBe('409 alert.closed');
  });

  test('of the guardian wait for the lock', async () => {
    const id = await raise({ indicators: ['ABU01'], aboutWhom: 'family' });
    expect(await clocks(id)).not.toHaveProperty('guardian');
    expect(await step('xinli', id, { step: 'guardian', way: 'call' })).toBe(
      '409 alert.guardian-locked',
    );
  });

  test('call a team when the assessment of an orange one confirms, and not when it is less than feared', async () => {
    const feared = await raise({ indicators: ['SUI07'] });
    await step('xinli', feared, { step: 'assessment', way: 'less_than_feared' });
    expect(await clocks(feared)).not.toHaveProperty('team');
    expect(await step('xinli', feared, { step: 'team' })).toBe('409 alert.step-not-due');
    await step('xinli', feared, { step: 'assessment', way: 'confirmed' });
    const [row] = await api.admin<
      { clock: string }[]
    >`select ack_clock as clock from app.alerts where id = ${feared}`;
    if (row?.clock === 'orange') expect((await clocks(feared))['team']).toBe('running');
    else expect(await clocks(feared)).not.toHaveProperty('team');
  });

  test('ask the holder to see lighter evidence on an alert that was answered, and not before', async () => {
    api.setNow(raisedAt);
    const pupil = pupils.pop() ?? '';
    const id = await observe(pupil, { indicators: ['SUI07'] });
    await observe(pupil, { indicators: ['MOO02'] });
    expect(await clocks(id)).not.toHaveProperty('see_evidence');
    await act('xinli', id, 'acknowledgement', { nextStep: 'talk_today' });
    await observe(pupil, { indicators: ['MOO01'] });
    expect((await clocks(id))['see_evidence']).toBe('running');
    expect(await step('xinli', id, { step: 'see_evidence' })).toBe('201');
    expect((await clocks(id))['see_evidence']).toBe('met');
  });

  test('start again with a second emergency, whatever was done', async () => {
    api.setNow(raisedAt);
    const pupil = pupils.pop() ?? '';
    const id = await observe(pupil, { indicators: ['SUI02'] });
    await act('xinli', id, 'acknowledgement', { nextStep: 'go_to_pupil' });
    await step('xinli', id, { step: 'contact', way: 'beside' });
    later(30);
    await observe(pupil, { indicators: ['SUI01'] });
    expect(await clocks(id)).toMatchObject({ acknowledge: 'running', contact: 'running' });
  });
});

describe('harm that must be reported', () => {
  test('climbs along the red list every ten minutes, whatever the colour, until somebody enters the receipt', async () => {
    const id = await raise({ indicators: ['ABU02'], aboutWhom: 'family' });
    const responsible = async () =>
      (
        await api.admin<
          { name: string; missed: number }[]
        >`select acc.name, c.missed from app.alert_clocks c
          join app.accounts acc on acc.person_id = c.holder_id where c.alert_id = ${id} and c.kind = 'mandatory_report'`
      )[0];
    expect(await responsible()).toMatchObject({ name: 'xinli', missed: 0 });
    await act('xinli', id, 'acknowledgement', { nextStep: 'go_to_pupil' });
    await step('xinli', id, { step: 'contact', way: 'beside' });
    later(14);
    const holderBefore = await api.admin`select holder_id from app.alerts where id = ${id}`;
    await carryOutDue(api);
    expect(await responsible()).toMatchObject({ name: 'xinli', missed: 0 });
    later(15);
    await carryOutDue(api);
    expect(await responsible()).toMatchObject({ name: 'deyu', missed: 1 });
    expect(await api.admin`select holder_id from app.alerts where id = ${id}`).toEqual(
      holderBefore,
    );
    await deliverAll(api);
    const told = await api.admin<
      { name: string }[]
    >`select acc.name from app.notices n join app.accounts acc on acc.person_id = n.person_id
      where n.alert_id = ${id} and n.kind = 'alert_step_overdue'`;
    expect(told.map(({ name }) => name).sort()).toEqual(['deyu', 'xinli']);
    expect(await act('banzhuren-2', id, 'mandatory-report', { receipt: 'A-1' })).toBe(
      '404 resource.not-found',
    );
    expect(await act('banzhuren', id, 'mandatory-report', { receipt: '  ' })).toBe(
      '422 request.invalid',
    );
    expect(await act('banzhuren', id, 'mandatory-report', { receipt: '派出所回执 2026-118' })).toBe(
      '201',
    );
    expect(await act('xinli', id, 'mandatory-report', { receipt: 'again' })).toBe(
      '409 alert.step-not-due',
    );
    expect((await clocks(id))['mandatory_report']).toBe('met');
    later(60);
    await carryOutDue(api);
    expect(await responsible()).toMatchObject({ missed: 1 });
  });
});
