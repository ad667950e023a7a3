import { send, type ApiEvent, type SentProblem } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { squareCodeOf, type SquareCode } from './square-code.server.ts';

/** What the page shows while a second factor is set up. It is kept by the page alone, and comes back with the form. */
export interface BeingSetUp {
  readonly uri: string;
  readonly secret: string;
  readonly square: SquareCode;
}

function beingSetUp(uri: string): BeingSetUp | undefined {
  const parsed = URL.parse(uri);
  const secret = parsed?.protocol === 'otpauth:' ? parsed.searchParams.get('secret') : null;
  if (!secret || uri.length > 400) return undefined;
  return { uri, secret, square: squareCodeOf(uri) };
}

type Step<Done> = { ok: true; data: Done } | { ok: false; problem: SentProblem };

/** Begins: with the password and a code where the form has them. */
export async function startSetUp(event: ApiEvent, form: FormData): Promise<Step<BeingSetUp>> {
  const sent = await send<{ uri: string }>(
    event,
    'POST',
    '/account/second-factor',
    proofOf(form, 'optional'),
  );
  if (!sent.ok) return sent;
  const shown = beingSetUp(sent.data.uri);
  if (!shown) throw new Error('the API gave an address that no app reads');
  return { ok: true, data: shown };
}

/** Confirms with a code. A wrong one brings back what was shown. */
export async function confirmSetUp(event: ApiEvent, form: FormData) {
  const shown = beingSetUp(textOf(form, 'uri'));
  const sent = await send<{ recoveryCodes: string[] }>(
    event,
    'POST',
    '/account/second-factor/confirmation',
    { code: textOf(form, 'code') },
  );
  return { sent, shown };
}

/** The own password, and a code where one was given. */
export function proofOf(form: FormData, password: 'required' | 'optional' = 'required') {
  const [given, code] = [textOf(form, 'password'), textOf(form, 'code').trim()];
  return {
    ...(password === 'required' || given !== '' ? { password: given } : {}),
    ...(code === '' ? {} : { code }),
  };
}
