import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { decide, indicators } from '@shaodian/rules';
import type { Fact, SchoolCalendar } from '@shaodian/rules';
import { startEmbeddedServer } from '@shaodian/migrations';
import { attachTestServer } from '@shaodian/migrations/testing';
import { seedTemplate, startTestApi } from '../src/testing/index.ts';
import type { TestApi } from '../src/testing/index.ts';
import { compareAudit, measureVerifier } from './audit.ts';
import { measureExclusions } from './exclusions.ts';
import { callsPerSecond } from './measure.ts';
import type { Row } from './measure.ts';
import { measureNames } from './names.ts';
import { compareReports, measureAlerts } from './reports.ts';
import { measureToScreen } from './to-screen.ts';

const requestsEach = Number(process.argv[2] ?? 300);
const print = (line = ''): void => void process.stdout.write(`${line}\n`);
const fixed = (value: number, digits = 2) => value.toFixed(digits);

const printRow = (row: Row): void =>
  print(
    [
      row.what.padEnd(32),
      String(row.atOnce).padStart(7),
      String(row.requests).padStart(9),
      fixed(row.medianMs).padStart(10),
      fixed(row.p95Ms).padStart(9),
      fixed(row.perSecond, 0).padStart(9),
    ].join(''),
  );

const head = (): void =>
  print('what                            at once requests  median ms   p95 ms  per sec');

async function printMachine(api: TestApi): Promise<void> {
  const settings = await api.admin<{ text: string }[]>`
    select string_agg(name || '=' || setting, ' ' order by name) as text from pg_settings
    where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'server_version')`;
  print(
    `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, ${fixed(totalmem() / 2 ** 30, 1)} GiB`,
  );
  print(`Node ${process.version} · PostgreSQL ${settings[0]?.text ?? ''}`);
  print();
}

const calendar: SchoolCalendar = {
  timeZone: 'Asia/Shanghai',
  terms: [{ startsOn: '2026-09-01', endsOn: '2027-01-22' }],
  exceptions: {},
  bells: { startsAt: '08:00', endsAt: '17:30' },
};

/** Facts as one pupil gathers them: different days, reporters and signs. */
const factsOf = (count: number): Fact[] =>
  Array.from({ length: count }, (_, n) => ({
    observationId: `observation-${n}`,
    code: (indicators[(n * 7) % indicators.length] ?? indicators[0])!.code,
    sourceKind: n % 3 === 0 ? 'staff' : 'peer',
    reporter: `reporter-${n % 6}`,
    knownBy: 'seen',
    aboutWhom: null,
    observedOn: `2026-11-${String(1 + (n % 23)).padStart(2, '0')}`,
    receivedAt: `2026-11-${String(1 + (n % 23)).padStart(2, '0')}T09:00:00.000Z`,
    conditionMet: false,
    judgedBefore: false,
  }));

const folder = await mkdtemp(join(tmpdir(), 'shaodian-bench-'));
// The server of the embedded binaries may run as another user.
await chmod(folder, 0o755);
const server = await startEmbeddedServer({ folder });
try {
  const seeded = await seedTemplate(attachTestServer(await server.adminUrl('postgres')));
  const api = await startTestApi(seeded);
  await printMachine(api);
  head();
  for (const row of await measureAlerts(api, requestsEach)) printRow(row);
  for (const [ours, bare] of await compareReports(api, requestsEach)) {
    printRow(ours);
    printRow(bare);
    print(
      `  → ${fixed(ours.medianMs / bare.medianMs, 1)} × the median, ${fixed(bare.perSecond / ours.perSecond, 1)} × the time of the bare insert`,
    );
  }
  for (const row of await compareAudit(api, requestsEach)) printRow(row);
  const verified = await measureVerifier(api, 100_000);
  print(
    `audit: ${verified.entries} entries verified, ${fixed(verified.perSecond, 0)} entries a second (median of 5)`,
  );
  print(`resident memory after all of it: ${fixed(process.memoryUsage.rss() / 2 ** 20, 0)} MiB`);
  await api.stop();
  for (const row of await measureNames(seeded, Math.min(requestsEach, 40))) printRow(row);
  for (const row of await measureExclusions(seeded, Math.min(requestsEach, 40))) printRow(row);
  const screen = await measureToScreen(seeded, 20, 300);
  print(
    `submission to screen at ${screen.perSecond} reports a second, ${screen.reports} of them: p50 ${fixed(screen.p50, 0)} ms, p99 ${fixed(screen.p99, 0)} ms, slowest ${fixed(screen.slowest, 0)} ms, ${screen.missing} not shown`,
  );
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
print();
print('what                               calls per sec');
for (const count of [1, 10, 100]) {
  const facts = factsOf(count);
  const rate = callsPerSecond(() => decide(facts, '2026-11-24T04:00:00.000Z', calendar), 1000);
  print(`decide(), ${String(count).padStart(3)} facts`.padEnd(32) + fixed(rate, 0).padStart(16));
}
