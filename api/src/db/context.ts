import { createHmac } from 'node:crypto';

/** What a password given again was given for; the short list that the database checks too. */
export const stepUpPurposes = [
  'urgent_help',
  'follow_up',
  'verify_report',
  'data_request',
  'break_glass',
  'approve_grants',
] as const;
export type StepUpPurpose = (typeof stepUpPurposes)[number];

/** That the person gave the password again, as the row of the session says; never as a client says. */
export interface SteppedUp {
  readonly until: Date;
  readonly purpose: StepUpPurpose;
}

/** Who asks in a transaction, as `sec.context()` will read it. */
export type Context =
  | {
      readonly kind: 'person';
      readonly schoolId: number;
      readonly personId: string;
      readonly mark: string;
      readonly steppedUp?: SteppedUp | null;
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
const noClaims = { until: '', purpose: '' } as const;

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
      const { until, purpose } = (context.kind === 'person' && context.steppedUp) || noClaims;
      const expiry = Math.floor(secondsNow()) + lifetimeSeconds;
      const signed = [
        'v2',
        context.kind,
        context.schoolId,
        person,
        mark,
        pupil,
        until && Math.floor(until.getTime() / 1000),
        purpose,
        expiry,
        keyId,
        backendPid,
      ].join('|');
      return `${signed}|${createHmac('sha256', key).update(signed).digest('hex')}`;
    },
  };
}
