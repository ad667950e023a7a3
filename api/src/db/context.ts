import { createHmac } from 'node:crypto';

/** Who asks in a transaction, as `sec.context()` will read it. */
export type Context =
  | {
      readonly kind: 'person';
      readonly schoolId: number;
      readonly personId: string;
      readonly mark: string;
    }
  | { readonly kind: 'evaluation'; readonly schoolId: number; readonly pupilId: string }
  /** The API itself, for a school and nobody in it: checkpoints of the audit, refused sign-ins. */
  | { readonly kind: 'system'; readonly schoolId: number }
  /** The worker, telling what happened in one school. */
  | { readonly kind: 'delivery'; readonly schoolId: number };

export interface ContextSigner {
  /** The value of `app.ctx`, good for this backend for `lifetimeSeconds`. Security time: always real. */
  sign(context: Context, backendPid: number): string;
}

const lifetimeSeconds = 60;

/** @param key the same 32 bytes whose padded blocks `prepareDatabase` stored under `keyId` */
export function contextSigner(
  key: Uint8Array,
  keyId: number,
  secondsNow: () => number,
): ContextSigner {
  return {
    sign: (context, backendPid) => {
      const [person, mark, pupil] =
        context.kind === 'person'
          ? [context.personId, context.mark, '']
          : ['', '', context.kind === 'evaluation' ? context.pupilId : ''];
      const expiry = Math.floor(secondsNow()) + lifetimeSeconds;
      const signed = [
        'v1',
        context.kind,
        context.schoolId,
        person,
        mark,
        pupil,
        expiry,
        keyId,
        backendPid,
      ].join('|');
      return `${signed}|${createHmac('sha256', key).update(signed).digest('hex')}`;
    },
  };
}
