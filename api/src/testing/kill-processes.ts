import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** So many processes of one kind, killed one after another with SIGKILL and started again, for as long as `goesOn` says. */
export async function killWhile(
  entry: URL,
  args: readonly string[],
  goesOn: () => Promise<boolean>,
  count = 3,
): Promise<{ readonly kills: number }> {
  const children = new Set<ChildProcess>();
  const start = async () => {
    const child = fork(entry, [...args], { execArgv: [] });
    children.add(child);
    await once(child, 'message');
  };
  const end = async (child: ChildProcess) => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    children.delete(child);
  };
  let kills = 0;
  try {
    for (let n = 0; n < count; n += 1) await start();
    while (await goesOn()) {
      await new Promise((resolve) => setTimeout(resolve, 120 + (kills % 5) * 60));
      const [oldest] = children;
      if (!oldest) break;
      await end(oldest);
      kills += 1;
      await start();
    }
    return { kills };
  } finally {
    for (const child of [...children]) await end(child);
  }
}
