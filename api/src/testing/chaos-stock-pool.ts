import postgres from 'postgres';
import { connectForSetUp } from '@shaodian/migrations';
import { runSchedule, whoText } from './chaos-schedule.ts';
import type { Person } from './chaos-schedule.ts';
import { testSigner } from './test-deps.ts';

// The schedule through the driver's own pool and `begin`. A process of its own, because that pool can end the process it lives in.
const [appUrl = '', adminUrl = '', people = '[]'] = process.argv.slice(2);
let uncaught = 0;
process.on('uncaughtException', () => (uncaught += 1));

const admin = connectForSetUp(adminUrl);
const stock = postgres(appUrl, {
  max: 6,
  fetch_types: false,
  onnotice: () => {},
  connection: { application_name: 'shaodian', search_path: 'app' },
});
const found = await runSchedule(admin, {
  people: JSON.parse(people) as Person[],
  terminations: 3_000,
  stopAtFirst: true,
  pauseMs: 80,
  transact: (who, work) =>
    stock
      .begin(async (trx) => {
        const pid = (await trx<{ pid: number }[]>`select pg_backend_pid() as pid`)[0]?.pid ?? 0;
        await trx`select set_config('app.ctx', ${testSigner.sign(who, pid)}, true)`;
        await work(async (statement, word) => {
          if (statement === 'who')
            return (await trx.unsafe<{ person: string | null }[]>(whoText))[0]?.person ?? null;
          await trx`insert into marks (word) values (${word})`;
          return null;
        });
      })
      .then(() => undefined),
});
process.stdout.write(JSON.stringify({ ...found, uncaught }), () => process.exit());
