import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';

let api: TestApi;
let girl: Requester;
let admin: Requester;
let lead: Requester;
let counsellor: Requester;
let pupils: string[];
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  [girl, admin, lead, counsellor] = [
    await api.as('weiyuan-a'),
    await api.as('admin'),
    await api.as('xinli'),
    await api.as('zixun'),
  ];
  const { items } = (await (await girl.get('/pupils')).json()) as { items: { id: string }[] };
  pupils = items.map((one) => one.id).filter((id) => id !== girl.personId);
});
afterAll(() => api.stop());

const setDisabled = async (person: string, disabled: boolean) => {
  const [account] = await api.admin`
    select a.id, a.version, s.title from app.accounts a join app.staff s on s.id = a.person_id where a.person_id = ${person}`;
  const body = { title: account?.['title'] as string, disabled };
  const answer = await admin.patch(`/accounts/${account?.['id']}`, body, {
    'if-match': `"${account?.['version']}"`,
  });
  expect(answer.status).toBe(200);
};
const raise = async (...indicators: string[]) => {
  const pupil = pupils.pop() ?? '';
  const sent = await girl.post('/observations', observationInput(pupil, { indicators } as never));
  expect(sent.status).toBe(201);
  const [alert] = await api.admin`
    select id, pupil_id as pupil, holder_id as holder, needs_review as review from app.alerts where pupil_id = ${pupil}`;
  return alert ?? expect.unreachable('an alert is open');
};

test('an alert is never given to somebody whose account is disabled, nor is anybody sent to their telephone', async () => {
  expect(await raise('SUI02')).toMatchObject({ holder: lead.personId });
  const [first] = await api.admin`select name from app.staff where id = ${lead.personId}`;
  await setDisabled(lead.personId, true);
  const alert = await raise('SUI02');
  expect(alert['holder']).not.toBe(lead.personId);
  expect(alert).toMatchObject({ review: null });
  const page = (await (await counsellor.get(`/alerts/${alert['id']}`)).json()) as {
    dutyPhones: { name: string }[];
  };
  expect(page.dutyPhones.length).toBeGreaterThan(0);
  expect(page.dutyPhones.map((one) => one.name)).not.toContain(first?.['name']);
  await setDisabled(lead.personId, false);
  expect(await raise('SUI02')).toMatchObject({ holder: lead.personId });
});

test('with every account on the lists disabled an alert says that nobody holds it', async () => {
  const holders = await api.admin<{ id: string }[]>`
    update app.accounts set disabled_at = now() where school_id = ${girl.schoolId} and person_id <> ${admin.personId}
      and person_id <> ${girl.personId} and disabled_at is null returning id`;
  const without = await api.admin`
    update app.grants set ends_at = now() where school_id = ${girl.schoolId} and ends_at is null
      and person_id not in (select person_id from app.accounts) returning id`;
  await api.admin`update app.duty_slots set ends_at = now() where school_id = ${girl.schoolId}
    and person_id not in (select person_id from app.accounts)`;
  expect(without.length + holders.length).toBeGreaterThan(5);
  expect(await raise('SUI02')).toMatchObject({ holder: null, review: 'no-holder' });
  await api.admin`update app.accounts set disabled_at = null where id = any (${holders.map((one) => one.id)})`;
});

test('a counsellor who cannot sign in is not the one who remains', async () => {
  const [pupil, own] = [pupils.pop() ?? '', await api.as('zixun')];
  const others = await api.admin<{ id: string }[]>`
    update app.accounts set disabled_at = now() where school_id = ${girl.schoolId} and disabled_at is null and person_id in
      (select person_id from app.grants where role in ('counsellor', 'lead_counsellor') and person_id <> ${counsellor.personId}) returning id`;
  const body = { person: own.personId, kind: 'declined' };
  const answer = await own.post(`/pupils/${pupil}/exclusions`, body);
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
    409,
    'exclusion.nobody-left',
  ]);
  await api.admin`update app.accounts set disabled_at = null where id = any (${others.map((one) => one.id)})`;
});
