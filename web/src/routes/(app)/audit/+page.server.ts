import { error } from '@sveltejs/kit';
import { read, send } from '#lib/api/client.ts';
import { refused } from '#lib/api/refused.ts';
import type { AuditChain, AuditCounts, AuditList, AuditVerdict } from '#lib/api/shapes.ts';
import type { Actions, PageServerLoad } from './$types';

const kinds = ['read', 'act', 'denial'];
const areas = ['session', 'system', 'wellbeing'];

export const load: PageServerLoad = async (event) => {
  const { session } = await event.parent();
  const roles = new Set(session.roles.map((grant) => grant.role));
  const officer = roles.has('data_protection_officer');
  const given = (name: string, known: readonly string[]): string | null => {
    const value = event.url.searchParams.get(name);
    return value === null || known.includes(value) ? value : error(404, '');
  };
  const [kind, area, mine] = [given('kind', kinds), given('area', areas), given('mine', ['1'])];
  const cursor = event.url.searchParams.get('cursor');
  return {
    kind,
    area,
    mine: mine !== null,
    /** Whether there is anything but one's own to see. */
    wider: officer || roles.has('lead_counsellor') || roles.has('administrator'),
    reviews: officer || roles.has('lead_counsellor'),
    seesErasures: officer || roles.has('school_leader') || roles.has('administrator'),
    entries: await read<AuditList>(event, '/audit', { kind, area, mine, cursor }),
    chain: officer ? await read<AuditChain>(event, '/audit/chain') : null,
    counts:
      officer || roles.has('school_leader')
        ? await read<AuditCounts>(event, '/audit/counts')
        : null,
  };
};

export const actions: Actions = {
  verify: async (event) => {
    const sent = await send<AuditVerdict>(event, 'GET', '/audit/verification');
    return sent.ok ? { verdict: sent.data } : refused(sent.problem, {}, event);
  },
};
