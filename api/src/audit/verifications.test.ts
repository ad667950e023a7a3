import { expect, test } from 'vitest';
import { verificationsOf } from './verifications.ts';
import type { VerifyChainOf } from './verifications.ts';
import type { ChainVerdict } from './verify-chain.ts';

const whole: ChainVerdict = {
  schoolId: 1,
  entries: 9,
  checkpoints: 1,
  firstBad: null,
  signedUpTo: 9,
};

/** Verifications that end when the test says so. */
function slowOnes(keepMs = 60_000) {
  const runs: { finish: () => void; fail: () => void; tell: (entries: number) => void }[] = [];
  const verify: VerifyChainOf = (schoolId, onRead) =>
    new Promise((resolve, reject) => {
      runs.push({
        finish: () => resolve({ ...whole, schoolId }),
        fail: () => reject(new Error('the database is gone')),
        tell: onRead,
      });
    });
  return { runs, verifications: verificationsOf(verify, { waitMs: 20, keepMs }) };
}

test('a long one says how far it is, and gives its verdict to whoever asks again', async () => {
  const { runs, verifications } = slowOnes();
  expect(await verifications.ask(1, 'officer')).toEqual({ state: 'running', entries: 0 });
  runs[0]?.tell(5_000);
  expect(await verifications.ask(1, 'officer')).toEqual({ state: 'running', entries: 5_000 });
  runs[0]?.finish();
  expect(await verifications.ask(1, 'officer')).toMatchObject({ state: 'done', verdict: whole });
  expect(runs).toHaveLength(1);
});

test('who had the verdict, or never waited for it, starts a new one', async () => {
  const { runs, verifications } = slowOnes();
  await verifications.ask(1, 'officer');
  runs[0]?.finish();
  await verifications.ask(1, 'officer');
  expect(await verifications.ask(1, 'officer')).toMatchObject({ state: 'running' });
  expect(runs).toHaveLength(2);
  runs[1]?.finish();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await verifications.ask(1, 'another')).toMatchObject({ state: 'running' });
  expect(runs).toHaveLength(3);
});

test('a verdict that nobody came back for in time is not given for a new one', async () => {
  const { runs, verifications } = slowOnes(30);
  await verifications.ask(1, 'officer');
  runs[0]?.finish();
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(await verifications.ask(1, 'officer')).toMatchObject({ state: 'running' });
  expect(runs).toHaveLength(2);
});

test('those who ask at once share one, and each school has its own', async () => {
  const { runs, verifications } = slowOnes();
  const asked = Promise.all([
    verifications.ask(1, 'officer'),
    verifications.ask(1, 'another'),
    verifications.ask(2, 'officer'),
  ]);
  expect(runs).toHaveLength(2);
  for (const run of runs) run.finish();
  const done = { state: 'done' };
  expect(await asked).toMatchObject([done, done, { ...done, verdict: { schoolId: 2 } }]);
});

test('one that cannot be carried out fails for whoever waits for it, and the next one is tried anew', async () => {
  const { runs, verifications } = slowOnes();
  await verifications.ask(1, 'officer');
  runs[0]?.fail();
  await expect(verifications.ask(1, 'officer')).rejects.toThrow('the database is gone');
  const next = verifications.ask(1, 'officer');
  runs[1]?.finish();
  expect(await next).toMatchObject({ state: 'done' });
});
