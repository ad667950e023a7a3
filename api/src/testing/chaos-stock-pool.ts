import postgres from 'postgres';
import { connectForSetUp } from '@shaodian/migrations';
import { crossTransactions, whoText } from './chaos-schedule.ts';
import type { Person } from './chaos-schedule.ts';
import { testSigner } from './test-deps.ts';

// The crossing through the driver's own pool and `begin`. A process of its own, because that pool can end the process it lives in.
const [appUrl = '', adminUrl = '', people = '[]'] = process.argv.slice(2);
process.on('uncaughtException', () => undefined);
const stock = postgres(appUrl, {
  max: 1,
  fetch_types: false,
  onnotice: () => {},
  connection: { application_name: 'shaodian', search_path: 'app' },
});

const seen = await crossTransactions(connectForSetUp(adminUrl), {
  people: JSON.parse(people) as [Person, Person],
  transact: (who, work) =>
    stock
      .begin(async (trx) => {
        const pid = (await trx<{ pid: number }[]>`select pg_backend_pid() as pid`)[0]?.pid ?? 0;
        await trx`select set_config('app.ctx', ${testSigner.sign(who, pid)}, true)`;
        await work(
          async () => (await trx.unsafe<{ person: string | null }[]>(whoText))[0]?.person ?? null,
        );
      })
      .then(() => undefined),
});
process.stdout.write(JSON.stringify(seen), () => process.exit());
