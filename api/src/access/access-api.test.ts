import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Drivers } from '../testing/access-driver.ts';
import { ofActs } from '../testing/access-of-acts.ts';
import { ofBreakGlass } from '../testing/access-of-break-glass.ts';
import { ofErasures } from '../testing/access-of-erasures.ts';
import { ofDrills } from '../testing/access-of-drills.ts';
import { ofMessages } from '../testing/access-of-messages.ts';
import { ofClusters } from '../testing/access-of-clusters.ts';
import { ofOutsideContacts } from '../testing/access-of-outside-contacts.ts';
import { ofDuty } from '../testing/access-of-duty.ts';
import { ofExclusions } from '../testing/access-of-exclusions.ts';
import { ofFactors } from '../testing/access-of-factors.ts';
import { ofGrants } from '../testing/access-of-grants.ts';
import { ofPupils } from '../testing/access-of-pupils.ts';
import { ofSchool } from '../testing/access-of-school.ts';
import { ofSignals } from '../testing/access-of-signals.ts';
import { ofStepUp } from '../testing/access-of-step-up.ts';
import { ofTrust } from '../testing/access-of-trust.ts';
import { accessRoutes } from '../testing/access-routes.ts';
import { startAccessRun } from '../testing/access-run.ts';
import type { AccessRun } from '../testing/access-run.ts';
import { documentOf, operationsOf, watchAnswers } from '../testing/refusals.ts';

const drivers: Drivers = {
  ...ofSchool,
  ...ofPupils,
  ...ofSignals,
  ...ofTrust,
  ...ofDuty,
  ...ofExclusions,
  ...ofGrants,
  ...ofActs,
  ...ofErasures,
  ...ofDrills,
  ...ofMessages,
  ...ofClusters,
  ...ofOutsideContacts,
  ...ofStepUp,
  ...ofFactors,
  ...ofBreakGlass,
};
// A few readers are enough to see that a policy is too wide; everybody was asked before.
const leader = ['school leader'];
const ofClass = ['homeroom teacher, other class', 'committee member, own class'];
let run: AccessRun;

const countCells = () => [...run.relations.values()].reduce((sum, n) => sum + n, 0);

beforeAll(async () => {
  run = await startAccessRun();
  // Every answer is a documented one with every field of its schema and no other.
  watchAnswers(run.world.api);
});
afterAll(async () => {
  const relations = [...run.relations].sort((a, b) => b[1] - a[1]);
  process.stdout.write(
    `access matrix through the API: ${countCells()} cells, ${run.wrong.length} wrong; ${Object.keys(accessRoutes).length} routes × ${run.asking.length} people\n` +
      `  ${relations.map(([name, n]) => `${name} ${n}`).join(' · ')}\n`,
  );
  await run.world.api.stop();
});

test('every route of the document has its row in the access table, and somebody who asks', () => {
  const routes = operationsOf(documentOf(run.world.api)).sort();
  expect(Object.keys(accessRoutes).sort()).toEqual(routes);
  expect(Object.keys(drivers).sort()).toEqual(routes);
});

// Generous: some routes are asked a thousand times, and a busy machine is slow.
const timeout = 240_000;

describe('through the API, everybody gets what the access table says', { timeout }, () => {
  test.each(Object.entries(drivers))('%s', async (route, drive) => {
    const before = run.wrong.length;
    const counted = countCells();
    await drive(run, route);
    expect(run.wrong.slice(before)).toEqual([]);
    expect(countCells() - counted).toBeGreaterThanOrEqual(run.asking.length);
  });

  test('and whatever is invisible was answered with one and the same body', () => {
    expect(run.notFound.size).toBe(1);
  });

  test('in every relation to what was asked for', () => {
    const relations = [...run.relations.keys()].map((name) => name.split(',')[0]);
    expect(relations).toEqual(
      expect.arrayContaining([
        'own',
        'written',
        'held',
        'about staff',
        'excluded',
        'own class',
        'own grade',
        'other grade',
        'other school',
        'without a session',
      ]),
    );
    expect([...run.relations.keys()].filter((name) => name.endsWith('no role now'))).not.toEqual(
      [],
    );
  });

  test.each([
    ['alerts', 'GET /alerts', leader],
    ['alerts', 'GET /boards/school', leader],
    ['alerts', 'GET /events', leader],
    ['alert_reasons', 'GET /alerts/{id}', leader],
    ['pupils', 'GET /classes', ofClass],
    ['pupils', 'GET /pupils', ofClass],
    ['pupil_records', 'GET /pupils', ofClass],
    ['observations', 'GET /observations', ofClass],
    ['observation_details', 'GET /observations', ofClass],
    ['monthly_report_bodies', 'GET /monthly-reports/{id}', ofClass],
  ])(
    'and a policy on %s that lets the whole school read is noticed by %s',
    async (table, route, readers) => {
      const { admin } = run.world.api;
      const kept = { wrong: run.wrong.length, relations: new Map(run.relations) };
      await admin.unsafe(`create policy too_wide on app.${table} as permissive for select to shaodian_app
      using (school_id = (select sec.school()))`);
      try {
        const few = run.asking.filter(({ actor }) => readers.includes(actor.name));
        expect(few).toHaveLength(readers.length);
        await drivers[route]?.({ ...run, asking: few }, route);
        expect(run.wrong.length).toBeGreaterThan(kept.wrong);
      } finally {
        await admin.unsafe(`drop policy too_wide on app.${table}`);
        run.wrong.splice(kept.wrong);
        run.relations.clear();
        for (const [name, n] of kept.relations) run.relations.set(name, n);
      }
    },
  );
});
