import { fail } from '@sveltejs/kit';
import { instantOf } from '@shaodian/rules';
import type { Role } from '@shaodian/rules';
import { read, send } from '#lib/api/client.ts';
import type { ApiEvent } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { formProblem, refused } from '#lib/api/refused.ts';
import type {
  AccountList,
  ClassList,
  GrantList,
  GrantProposalList,
  PupilList,
  Session,
} from '#lib/api/shapes.ts';
import { withPasswordAgain } from '#lib/entry/step-up.ts';
import { grantOf } from '#lib/people/grant-of.ts';
import { loadOfficeWords } from '#lib/words/index.ts';
import type { Actions, PageServerLoad } from './$types';

const overseeing: readonly Role[] = ['administrator', 'school_leader', 'data_protection_officer'];
const lastMinute = 24 * 60 - 1;

export const load: PageServerLoad = async (event) => {
  const { session, role } = await event.parent();
  const asked = event.url.searchParams.get('view');
  const seesHeld = session.roles.some((grant) => overseeing.includes(grant.role));
  const view: 'waiting' | 'decided' | 'held' =
    asked === 'decided' || (asked === 'held' && seesHeld) ? asked : 'waiting';
  const cursor = event.url.searchParams.get('cursor');
  const proposals =
    view === 'held'
      ? null
      : await read<GrantProposalList>(event, '/grant-proposals', {
          state: view,
          cursor,
          limit: 100,
        });
  return {
    view,
    seesHeld,
    proposals,
    held: view === 'held' ? await read<GrantList>(event, '/grants', { cursor }) : null,
    proposing: view === 'waiting' ? await materialOf(event, role) : null,
    idempotencyKey: crypto.randomUUID(),
  };
};

/** What the form of whoever may propose needs. */
async function materialOf(event: ApiEvent, role: Role) {
  if (role === 'homeroom_teacher') {
    const { items } = await read<PupilList>(event, '/pupils', { limit: 200 });
    return { kind: 'seat' as const, pupils: items };
  }
  if (role !== 'administrator') return null;
  const [accounts, classes] = await Promise.all([
    read<AccountList>(event, '/accounts', { limit: 200 }),
    read<ClassList>(event, '/classes'),
  ]);
  return {
    kind: 'role' as const,
    accounts: accounts.items.filter((one) => one.kind === 'staff'),
    classes: classes.items,
  };
}

export const actions: Actions = {
  propose: async (event) => {
    const form = await event.request.formData();
    const values = {
      personId: textOf(form, 'personId'),
      role: textOf(form, 'role') as Role,
      scope: textOf(form, 'scope'),
      until: textOf(form, 'until'),
    };
    const session = await read<Session>(event, '/session');
    const body = {
      personId: values.personId,
      reason: textOf(form, 'reason'),
      ...(values.role === 'committee_member'
        ? { role: values.role, seat: textOf(form, 'seat') }
        : grantOf(values.role, values.scope)),
      ...(values.until && {
        until: instantOf(values.until, lastMinute, session.school.timeZone),
      }),
    };
    const key = textOf(form, 'idempotencyKey');
    const sent = await send(event, 'POST', '/grant-proposals', body, key);
    if (sent.ok) return { proposed: true };
    return fail(sent.problem.status, {
      proposing: { problem: await formProblem(sent.problem, event), values },
    });
  },
  decide: async (event) => {
    const form = await event.request.formData();
    const ids = form.getAll('ids').map(String);
    if (ids.length === 0) {
      const { nothing } = (await loadOfficeWords(event.locals.locale)).grants;
      return fail(422, { problem: { message: nothing, fields: {} }, values: { ids } });
    }
    // The password's own button says nothing: what needs the password is a yes.
    const decision = textOf(form, 'decision') === 'refuse' ? 'refuse' : 'approve';
    const sent = await withPasswordAgain(event, form, () =>
      send(
        event,
        'POST',
        '/grant-proposals/decisions',
        { ids, decision },
        textOf(form, 'idempotencyKey'),
      ),
    );
    if (!sent.ok) return refused(sent.problem, { ids }, event);
    return { decided: decision === 'approve' ? ('approved' as const) : ('refused' as const) };
  },
  end: async (event) => {
    const form = await event.request.formData();
    const path = `/grants/${encodeURIComponent(textOf(form, 'id'))}/end`;
    const body = { reason: textOf(form, 'reason') };
    const sent = await send(event, 'POST', path, body, textOf(form, 'idempotencyKey'));
    return sent.ok ? { ended: true } : refused(sent.problem, { ids: [] as string[] }, event);
  },
};
