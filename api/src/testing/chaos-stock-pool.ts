import postgres from 'postgres';
import { connectForSetUp } from '@shaodian/migrations';
import { runSchedule, whoText } from './chaos-schedule.ts';
import type { Findings, Person } from './chaos-schedule.ts';
import { testSigner } from './test-deps.ts';

// The schedule through the driver's own pool and `begin`. A process of its own, because that pool can end the process it lives in.
const [appUrl = '', adminUrl = '', people = '[]'] = process.argv.slice(2);
const rounds = 12;
let uncaught = 0;
process.on('uncaughtException', () => (uncaught += 1));
const admin = connectForSetUp(adminUrl);

// That pool can also stop for good before it is caught: then a fresh one is asked, with longer pauses for a slower machine.
async function runRound(round: number): Promise<Findings> {
  const stock = postgres(appUrl, {
    max: 6,
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: 'shaodian', search_path: 'app' },
  });
  const found = await runSchedule(admin, {
    people: JSON.parse(people) as Person[],
    terminations: 100,
    mostSeconds: 5,
    stopAtFirst: true,
    pauseMs: 80 * (1 + round),
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
  void stock.end({ timeout: 0 });
  return found;
}

let found = await runRound(0);
for (
  let round = 1;
  round < rounds && found.asSomebodyElse + found.falselyCommitted === 0;
  round += 1
)
  found = await runRound(round);
process.stdout.write(JSON.stringify({ ...found, uncaught }), () => process.exit());
