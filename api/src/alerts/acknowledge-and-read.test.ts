import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { observationInput, startTestApi } from '../testing/index.ts';
import type { TestApi } from '../testing/index.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
});
afterAll(() => api.stop());

test('whoever acknowledges second is shown the alert, and the audit keeps that they read it', async () => {
  const girl = await api.as('weiyuan-a');
  const [lead, counsellor] = [await api.as('xinli'), await api.as('zixun')];
  const { items } = (await (await girl.get('/pupils')).json()) as { items: { id: string }[] };
  const pupil = items.find((one) => one.id !== girl.personId)?.id ?? '';
  await girl.post('/observations', observationInput(pupil, { indicators: ['SUI02'] } as never));
  const [alert] = await api.admin`select id from app.alerts where pupil_id = ${pupil}`;
  const path = `/alerts/${String(alert?.['id'])}/acknowledgement`;
  const step = { nextStep: 'talk_today', note: '' };
  expect((await lead.post(path, step)).status).toBe(201);
  const reads = async () =>
    Number(
      (
        await api.admin`select count(*) from app.audit_entries where person_id = ${counsellor.personId}
          and action = 'alert.read' and resource = ${`alert:${String(alert?.['id'])}`} and cardinality(subjects) = 1`
      )[0]?.['count'],
    );
  expect(await reads()).toBe(0);
  for (const times of [1, 2]) {
    const second = await counsellor.post(path, step);
    expect([second.status, await second.json()]).toMatchObject([
      409,
      { code: 'alert.already-acknowledged', current: { pupil: { id: pupil } } },
    ]);
    expect(await reads()).toBe(times);
  }
});
