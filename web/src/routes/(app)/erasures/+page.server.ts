import { find, read, send } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { ErasureList, PupilPage } from '#lib/api/shapes.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { session } = await event.parent();
  const roles = new Set(session.roles.map((grant) => grant.role));
  const pupil = event.url.searchParams.get('pupil');
  const { items } = await read<ErasureList>(event, '/erasures');
  return {
    erasures: items.map((one) => ({ ...one, key: crypto.randomUUID() })),
    /** Whom to ask for; null when nobody was chosen, or is not there for this reader. */
    pupil: pupil === null ? null : await find<PupilPage>(event, `/pupils/${pupil}`),
    mayApprove: roles.has('school_leader') || roles.has('data_protection_officer'),
    idempotencyKey: crypto.randomUUID(),
  };
};

export const actions: Actions = {
  ask: async (event) => {
    const form = await event.request.formData();
    const path = `/pupils/${encodeURIComponent(textOf(form, 'pupil'))}/erasure`;
    const body = { reason: textOf(form, 'reason') };
    const sent = await send(event, 'POST', path, body, textOf(form, 'idempotencyKey'));
    return sent.ok ? { asked: true } : refused(sent.problem, body, event);
  },
  approve: async (event) => {
    const form = await event.request.formData();
    const path = `/erasures/${encodeURIComponent(textOf(form, 'id'))}/approval`;
    const sent = await send(event, 'POST', path, {}, textOf(form, 'idempotencyKey'));
    return sent.ok ? { approved: true } : refused(sent.problem, {}, event);
  },
};
