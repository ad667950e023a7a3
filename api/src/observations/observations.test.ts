import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';

let api: TestApi;
let reporter: Requester;
let classmates: { id: string; name: string }[];

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  reporter = await api.as('weiyuan-a');
  classmates = (
    (await (await reporter.get('/pupils?limit=200')).json()) as {
      items: { id: string; name: string }[];
    }
  ).items.filter((one) => one.id !== reporter.personId);
});
afterAll(() => api.stop());

const alertsOn = async (who: Requester, pupilId: string) =>
  (
    (await (await who.get('/alerts?limit=100')).json()) as {
      items: {
        id: string;
        pupil: { id: string };
        colour: string;
        tier: string;
        holder: { me: boolean } | null;
      }[];
    }
  ).items.filter((one) => one.pupil.id === pupilId);

describe('a peer observation', () => {
  test('with a concern raises a blue alert that the homeroom teacher holds', async () => {
    const pupil = classmates[12]?.id ?? '';
    const sent = await reporter.post(
      '/observations',
      observationInput(pupil, { words: '他最近总是一个人哭' }),
    );
    expect(sent.status).toBe(201);
    expect(await sent.json()).toMatchObject({ emergency: false, next: 'thanks' });
    expect(await alertsOn(await api.as('banzhuren'), pupil)).toMatchObject([
      { colour: 'blue', tier: 'class', holder: { me: true } },
    ]);
    expect(await alertsOn(await api.as('banzhuren-2'), pupil)).toEqual([]);
    expect(await alertsOn(await api.as('deyu'), pupil)).toEqual([]);
    expect(await alertsOn(reporter, pupil)).toEqual([]);
  });

  test('with an emergency sign raises a red alert held by the person on red duty, and tells the reporter only whether someone answered', async () => {
    const pupil = classmates[13]?.id ?? '';
    const sent = await reporter.post(
      '/observations',
      observationInput(pupil, { indicators: ['SUI02'] }),
    );
    const { id, next } = (await sent.json()) as { id: string; next: string };
    expect(next).toBe('emergency');
    const counsellor = await api.as('xinli');
    const [alert] = await alertsOn(counsellor, pupil);
    expect(alert).toMatchObject({ colour: 'red', tier: 'school', holder: { me: true } });
    expect(await (await reporter.get(`/observations/${id}/answer`)).json()).toEqual({
      answered: false,
      answeredAt: null,
    });
    expect(
      (await counsellor.post(`/alerts/${alert?.id}/acknowledgement`, { nextStep: 'go_to_pupil' }))
        .status,
    ).toBe(201);
    expect(await (await reporter.get(`/observations/${id}/answer`)).json()).toMatchObject({
      answered: true,
    });
    expect((await (await api.as('weiyuan-b')).get(`/observations/${id}/answer`)).status).toBe(404);
  });

  test('about school staff is seen by counsellors alone', async () => {
    const pupil = classmates[14]?.id ?? '';
    const sent = await reporter.post(
      '/observations',
      observationInput(pupil, { indicators: ['BUL01'], aboutWhom: 'school_staff' }),
    );
    expect(sent.status).toBe(201);
    for (const account of ['banzhuren', 'nianji', 'deyu', 'xiaozhang'])
      expect(await alertsOn(await api.as(account), pupil)).toEqual([]);
    expect(await alertsOn(await api.as('zixun'), pupil)).toHaveLength(1);
  });

  test('of a pupil in another class is refused as if there were no such pupil', async () => {
    const other = await (await (await api.as('banzhuren-2')).get('/pupils?limit=1')).json();
    const stranger = (other as { items: { id: string }[] }).items[0]?.id ?? '';
    const refused = await reporter.post('/observations', observationInput(stranger));
    const nobody = await reporter.post(
      '/observations',
      observationInput('00000000-0000-4000-8000-000000000000'),
    );
    expect(refused.status).toBe(422);
    expect(await refused.json()).toEqual(await nobody.json());
  });

  test('words are stored encrypted', async () => {
    const rows = await api.admin<
      { words: Buffer | null }[]
    >`select words from app.observation_details where words is not null`;
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row.words?.toString('utf8')).not.toContain('哭');
  });

  test('is listed for its reporter as an emergency only if it is one', async () => {
    const [calm, urgent] = [classmates[15]?.id ?? '', classmates[16]?.id ?? ''];
    const idOf = async (answer: Response) => ((await answer.json()) as { id: string }).id;
    const first = await idOf(await reporter.post('/observations', observationInput(calm)));
    const input = observationInput(urgent, { indicators: ['SUI02'] });
    const second = await idOf(await reporter.post('/observations', input));
    const { recent } = (await (await reporter.get('/monthly-reports/mine')).json()) as {
      recent: { id: string; emergency: boolean }[];
    };
    expect(recent.find((one) => one.id === first)).toMatchObject({ emergency: false });
    expect(recent.find((one) => one.id === second)).toMatchObject({ emergency: true });
  });
});
