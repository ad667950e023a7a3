import { error } from '@sveltejs/kit';
import { read, type ApiEvent } from '#lib/api/client.ts';
import type { Session } from '#lib/api/shapes.ts';
import type { Locale } from '#lib/locale.ts';
import { listClassmates } from './classmates.server.ts';
import { signGroups } from './signs.server.ts';

type PeerEvent = ApiEvent & { locals: { locale: Locale } };

/** What a committee member's forms need: the class, the signs, and keys for sending once only. */
export async function peerFormMaterial(event: PeerEvent) {
  const session = await read<Session>(event, '/session');
  if (session.seat === null) error(404, '');
  return {
    classmates: await listClassmates(event, session.seat.classId),
    groups: await signGroups('peer', event.locals.locale),
    dutyPhone: session.school.dutyPhone,
    today: session.today,
    idempotencyKey: crypto.randomUUID(),
    alarmKey: crypto.randomUUID(),
  };
}
