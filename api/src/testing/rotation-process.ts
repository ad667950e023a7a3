import { appendActs } from '../audit/append-acts.ts';
import { exchangeDataKeys } from '../crypto/exchange-data-keys.ts';
import { masterKey } from '../crypto/master-key.ts';
import type { Generations } from '../crypto/master-key.ts';
import { rewrapKeys } from '../crypto/rewrap-keys.ts';
import { contextSigner } from '../db/context.ts';
import { connectDatabase } from '../db/database.ts';

/**
 * One rotation in a process of its own, to be killed: by itself at the nth time it comes to a named point, or from outside.
 * Arguments: worker's address, school, generations as hex, "kek" or the time before which keys were made, point, n.
 */
const [url = '', school = '', secrets = '', what = '', point = '', times = '1'] =
  process.argv.slice(2);
const generations = secrets.split(',').map((hex) => Buffer.from(hex, 'hex'));
const master = masterKey(generations as unknown as Generations);
const signer = contextSigner(master.contextKey, master.contextKeyId, () => Date.now() / 1000);
const db = connectDatabase(url, signer, appendActs(master), 1);

let left = Number(times);
const onStep = (step: string): void => {
  if (step === point && (left -= 1) === 0) process.kill(process.pid, 'SIGKILL');
};

const deps = { db, master, onStep };
process.send?.('begun');
if (what === 'kek') await rewrapKeys(deps, Number(school));
else await exchangeDataKeys(deps, Number(school), new Date(what));
await db.close();
process.disconnect?.();
