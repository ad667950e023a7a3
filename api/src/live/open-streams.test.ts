import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countStreams } from './open-streams.ts';

test('of an account the newest streams stay, whoever else opens and closes', () => {
  const step = fc.record({ account: fc.constantFrom('a', 'b'), closes: fc.option(fc.nat(30)) });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { maxLength: 60 }),
      (most, steps) => {
        const openStream = countStreams(most);
        const open: { account: string; over: boolean; closed: boolean; close: () => void }[] = [];
        const expected: Record<string, (typeof open)[number][]> = { a: [], b: [] };
        for (const { account, closes } of steps) {
          const closed = closes === null ? undefined : open[closes];
          if (closed) {
            closed.close();
            closed.closed = true;
            expected[closed.account] = (expected[closed.account] ?? []).filter(
              (one) => one !== closed,
            );
            continue;
          }
          const stream = { account, over: false, closed: false, close: () => {} };
          stream.close = openStream(account, () => (stream.over = true));
          open.push(stream);
          expected[account] = [...(expected[account] ?? []), stream].slice(-most);
          const stays = new Set(Object.values(expected).flat());
          for (const one of open.filter((each) => !each.closed))
            expect(one.over).toBe(!stays.has(one));
        }
      },
    ),
  );
});
