import { hkdfSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sql } from 'postgres';
import { unwrapKey } from '../../crypto/data-keys.ts';
import type { KeySubject } from '../../crypto/data-keys.ts';
import type { MasterKey } from '../../crypto/master-key.ts';
import type { Canaries } from './canaries.ts';
import type { Needle } from './search.ts';
import { formsOfBytes, formsOfText } from './forms.ts';

/** Every key there is: the generations of the key file, all that follow from them, and the data keys of the rows. */
export async function collectSecrets(
  canaries: Canaries,
  { folder, master, admin }: { folder: string; master: MasterKey; admin: Sql },
): Promise<void> {
  const lines = (await readFile(join(folder, 'key'), 'utf8')).trim().split('\n');
  const generations = lines.map((line) => Buffer.from(line, 'base64url'));
  for (const [at, secret] of generations.entries())
    canaries.secretBytes(`generation ${at + 1} of the master key`, secret);
  const schools = await admin<{ id: number }[]>`select id from app.schools`;
  const labels = [
    ...['context/1', 'database/app', 'database/worker', 'audit/sign', 'backup', 'shred/mac'],
    ...schools.flatMap(({ id }) => [
      `audit/mac/${id}`,
      ...['reporter', 'national-id', 'student-no', 'audit-subject'].map(
        (one) => `mark/${one}/${id}`,
      ),
    ]),
  ];
  for (const label of labels)
    canaries.secretBytes(`key ${label}`, derived(generations[0] as Buffer, label));
  for (const { id } of schools)
    for (const [at, secret] of generations.entries())
      canaries.secretBytes(
        `key of school ${id}, generation ${at + 1}`,
        derived(secret, `kek/${at + 1}/${id}`),
      );
  for (const { name, key } of await listDataKeys(admin, master)) canaries.secretBytes(name, key);
}

const derived = (secret: Uint8Array, label: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, 'shaodian', label, 32));

async function listDataKeys(admin: Sql, master: MasterKey) {
  const rows = await admin<
    {
      school_id: number;
      id: string;
      subject_kind: KeySubject['kind'];
      subject_id: string;
      kek_id: string;
      wrapped: Buffer;
    }[]
  >`select school_id, id, subject_kind, subject_id, kek_id, wrapped from app.data_keys`;
  return rows.map((row) => {
    const subject = { schoolId: row.school_id, kind: row.subject_kind, id: row.subject_id };
    return {
      name: `data key of a ${row.subject_kind} ${row.id}`,
      key: unwrapKey(row, master, subject).key,
    };
  });
}

/** What is kept in the open on purpose, each with the only places where it may lie. A search that does not find it there is no search. */
export interface KnownPlace {
  readonly needle: Needle;
  readonly why: string;
  readonly where: RegExp;
}

export async function listKnown(
  folder: string,
  master: MasterKey,
  admin: Sql,
): Promise<KnownPlace[]> {
  const password = (await readFile(join(folder, 'postgres-18.password'), 'utf8')).trim();
  const pads = [0x36, 0x5c].map((pad) => {
    const block = Buffer.alloc(64);
    block.set(master.contextKey);
    return Buffer.from(block.map((byte) => byte ^ pad)).subarray(0, 32);
  });
  const hashes = await admin<
    { hash: string }[]
  >`select password_hash as hash from app.account_secrets`;
  const generations = (await readFile(join(folder, 'key'), 'utf8')).trim().split('\n');
  return [
    ...generations.map((line, at) => ({
      needle: {
        name: `key/generation ${at + 1} of the master key`,
        forms: formsOfBytes(Buffer.from(line, 'base64url')),
      },
      why: 'the key file, kept apart from backups; mode 0600',
      where: /^key$/,
    })),
    {
      needle: { name: 'password of the superuser', forms: formsOfText(password) },
      why: 'the embedded server is entered with it; mode 0600',
      where: /(^|\/)postgres-18\.password$/,
    },
    ...pads.map((pad, at) => ({
      needle: { name: `context key as pad ${at + 1}`, forms: formsOfBytes(pad) },
      why: 'the database verifies contexts with it; sec.context_keys, for the owner only',
      where: /(base\/\d+\/\d+|pg_wal\/[0-9A-F]{24}|^sec\.context_keys)$/,
    })),
    ...hashes.map(({ hash }, at) => ({
      needle: { name: `hash of password ${at + 1}`, forms: formsOfText(hash) },
      why: 'app.account_secrets, reached by functions only',
      where: /(base\/\d+\/\d+|pg_wal\/[0-9A-F]{24}|^app\.account_secrets)$/,
    })),
  ];
}
