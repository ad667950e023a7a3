import { createPrivateKey, createPublicKey, hash, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** Where the chain of a school ended at one moment, signed (Ed25519, RFC 8032). */
export interface Checkpoint {
  readonly schoolId: number;
  readonly seq: number;
  /** Hash of the entry `seq`, hex. */
  readonly hash: string;
  /** ISO 8601, security time. */
  readonly at: string;
  readonly keyId: string;
  /** base64url, 64 bytes. */
  readonly signature: string;
}

export interface CheckpointSigner {
  readonly keyId: string;
  /** What a verifier needs: SPKI, base64url. */
  readonly publicKey: string;
  sign(end: Omit<Checkpoint, 'keyId' | 'signature'>): Checkpoint;
  /** Whether a checkpoint was signed with this key and says what it said then. */
  isGenuine(checkpoint: Checkpoint): boolean;
}

// The fixed head of an Ed25519 private key in PKCS #8 (RFC 8410, section 7); the seed follows.
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');

/** @param seed 32 bytes, kept outside the database */
export function checkpointSigner(seed: Uint8Array): CheckpointSigner {
  const privateKey = createPrivateKey({
    key: Buffer.concat([pkcs8Head, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const { keyId, publicKey, isGenuine } = checkpointVerifier(createPublicKey(privateKey));
  return {
    keyId,
    publicKey,
    isGenuine,
    sign: (end) => {
      const named = { ...end, keyId };
      const signature = sign(null, signedText(named), privateKey).toString('base64url');
      return { ...named, signature };
    },
  };
}

/** The half that anybody may have. */
export function checkpointVerifier(
  publicKey: KeyObject,
): Pick<CheckpointSigner, 'keyId' | 'publicKey' | 'isGenuine'> {
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const keyId = hash('sha256', spki, 'base64url').slice(0, 16);
  return {
    keyId,
    publicKey: spki.toString('base64url'),
    isGenuine: (checkpoint) =>
      checkpoint.keyId === keyId &&
      verify(
        null,
        signedText(checkpoint),
        publicKey,
        Buffer.from(checkpoint.signature, 'base64url'),
      ),
  };
}

const signedText = ({ schoolId, seq, hash: end, at, keyId }: Omit<Checkpoint, 'signature'>) =>
  Buffer.from(`shaodian audit checkpoint v1|${schoolId}|${seq}|${end}|${at}|${keyId}`);
