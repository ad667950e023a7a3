import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { connectForSetUp } from '@shaodian/migrations';
import { createApp } from '../app.ts';
import { startTestApi } from '../testing/index.ts';
import type { TestApi } from '../testing/index.ts';
import { cast } from './cast.ts';
import { DemoRefusedError, seedDemo } from './seed-demo.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
});
afterAll(() => api.stop());

describe('the cast of the demo', () => {
  test('is not found outside the demo, as nothing else is', async () => {
    const missing = await api.anonymous('GET', '/demo/cast');
    const nowhere = await api.anonymous('GET', '/nowhere');
    expect(missing.status).toBe(404);
    expect(await missing.text()).toBe(await nowhere.text());
  });

  test('in the demo names everybody, with a password and roles that work', async () => {
    const demo = await seedDemo(api.deps, api.adminUrl);
    const app = createApp({ ...api.deps, demo });
    const { items, password } = (await (await app.request('/api/demo/cast')).json()) as {
      password: string;
      items: {
        school: string;
        account: string;
        name: string;
        role: string;
        story: Record<string, string>;
      }[];
    };
    expect(items.map((one) => `${one.school}/${one.account}`)).toEqual(
      cast.map((one) => `${one.school}/${one.account}`),
    );
    for (const { school, account, name, role, story } of items) {
      expect(name).toMatch(/^\p{Script=Han}{2,4}$/u);
      expect(story['zh-CN']?.length).toBeGreaterThan(5);
      expect(story['en']?.length).toBeGreaterThan(5);
      const session = (await (await (await api.as(account, school)).get('/session')).json()) as {
        roles: { role: string }[];
      };
      expect(session.roles.map((one) => one.role)).toContain(role);
    }
    const body = { school: 'jiangpan', account: 'xinli', password };
    expect((await api.anonymous('POST', '/session', body)).status).toBe(201);
  });

  test('is written once: a second start changes nothing', async () => {
    const counts =
      () => api.admin`select (select count(*) from app.people) as people, (select count(*) from app.alerts) as alerts,
      (select count(*) from app.observations) as observations, (select count(*) from app.accounts) as accounts`;
    const before = await counts();
    await seedDemo(api.deps, api.adminUrl);
    expect([...(await counts())]).toEqual([...before]);
  });

  test('is refused where a real school is, and nothing is changed', async () => {
    const sql = connectForSetUp(api.adminUrl);
    await sql`update app.schools set is_demo = false where code = 'qinghe'`;
    await expect(seedDemo(api.deps, api.adminUrl)).rejects.toThrow(DemoRefusedError);
    await sql`update app.schools set is_demo = true where code = 'qinghe'`;
    await sql.end();
  });
});
