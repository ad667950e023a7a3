import { createHmac, hkdfSync } from 'node:crypto';
import type { DatabaseSecrets } from '@shaodian/migrations';
import type { NamedKey } from './seal.ts';

/** A value was wrapped by a generation of the school key that this key source does not hold. */
export class UnknownKekError extends Error {
  override name = 'UnknownKekError';
}

/** Everything secret follows from 32 bytes a generation, kept outside the database (HKDF-SHA256, RFC 5869, one label each). */
export interface MasterKey {
  readonly databaseSecrets: DatabaseSecrets;
  readonly contextKey: Uint8Array;
  readonly contextKeyId: number;
  /** Wraps the data keys of one school: that of the newest generation. */
  kekOf(schoolId: number): NamedKey;
  /** The school key a value was wrapped with, whatever its generation. @throws UnknownKekError */
  kekById(schoolId: number, kekId: string): NamedKey;
  /** HMAC under the school's key: reporter marks, register numbers, pseudonyms of the audit. */
  markOf(schoolId: number, purpose: MarkPurpose, value: string): string;
  /** Makes the MACs of a school's audit chain. */
  auditKeyOf(schoolId: number): Uint8Array;
  /** The 32 bytes from which the Ed25519 key of the audit's checkpoints follows (RFC 8032). */
  readonly auditSigningSeed: Uint8Array;
  /** Seals backups: whoever has the key source can open them, and nobody else. */
  readonly backupKey: Uint8Array;
  /** Makes the MACs of the shred list. */
  readonly shredKey: Uint8Array;
}

type MarkPurpose = 'reporter' | 'seat' | 'national-id' | 'student-no' | 'audit-subject';

/** One secret of 32 bytes a generation, the oldest first. */
export type Generations = readonly [Uint8Array, ...Uint8Array[]];

/**
 * @param generations the newest wraps, all of them open; passwords, contexts, marks and MACs follow from the first and never change
 * @param readAgain asked when a value names a generation that is not known yet: another process has added one
 */
export function masterKey(
  generations: Generations | Uint8Array,
  readAgain?: () => Generations,
): MasterKey {
  let known: Generations = generations instanceof Uint8Array ? [generations] : generations;
  const [first] = known;
  const derive = (label: string, length = 32): Buffer => deriveFrom(first, label, length);
  const contextKey = derive('context/1');
  const keks = new Map<string, NamedKey>();
  const kek = (schoolId: number, generation: number): NamedKey | undefined => {
    const secret = known[generation - 1];
    const id = `kek/${generation}/${schoolId}`;
    const kept = keks.get(id);
    if (kept || !secret) return kept;
    const made = { id, key: deriveFrom(secret, id) };
    keks.set(id, made);
    return made;
  };
  return {
    contextKey,
    contextKeyId: 1,
    databaseSecrets: {
      appPassword: derive('database/app').toString('base64url'),
      workerPassword: derive('database/worker').toString('base64url'),
      contextKey,
      contextKeyId: 1,
    },
    kekOf: (schoolId) => kek(schoolId, known.length) as NamedKey,
    kekById: (schoolId, kekId) => {
      const generation = generationOf(schoolId, kekId);
      if (generation > known.length && readAgain) known = extended(known, readAgain());
      const found = kek(schoolId, generation);
      if (!found) throw new UnknownKekError(`no generation ${generation} in the key source`);
      return found;
    },
    markOf: (schoolId, purpose, value) =>
      createHmac('sha256', derive(`mark/${purpose}/${schoolId}`))
        .update(value)
        .digest('base64url'),
    auditKeyOf: (schoolId) => derive(`audit/mac/${schoolId}`),
    auditSigningSeed: derive('audit/sign'),
    backupKey: derive('backup'),
    shredKey: derive('shred/mac'),
  };
}

const deriveFrom = (secret: Uint8Array, label: string, length = 32): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, 'shaodian', label, length));

// The school is part of the name: a wrapped key brought over from another school is refused before it is tried.
function generationOf(schoolId: number, kekId: string): number {
  const parts = /^kek\/([1-9]\d{0,4})\/(\d+)$/.exec(kekId);
  if (!parts || Number(parts[2]) !== schoolId)
    throw new UnknownKekError('not the name of a key of this school');
  return Number(parts[1]);
}

// Generations are only ever added: a source that changed one of those in use is not the same source.
function extended(known: Generations, read: Generations): Generations {
  const same = known.every((secret, at) =>
    Buffer.from(secret).equals(read[at] ?? new Uint8Array()),
  );
  return same ? read : known;
}
