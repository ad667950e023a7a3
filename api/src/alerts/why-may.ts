import { sql } from 'kysely';
import type { Colour, Role } from '@shaodian/rules';
import { listOwnGrants } from '../access/own-grants.reads.ts';
import type { OwnGrant } from '../access/own-grants.reads.ts';
import type { Why } from '../access/why.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Actor } from '../http/types.ts';

interface AlertPlace {
  readonly colour: Colour;
  readonly classId: number;
  readonly gradeId: number;
  readonly holderId: string | null;
  readonly counsellorOnly: boolean;
}

const listing: readonly Role[] = [
  'counsellor',
  'lead_counsellor',
  'homeroom_teacher',
  'grade_head',
  'school_leader',
];
const counsellors: readonly Role[] = ['counsellor', 'lead_counsellor'];

const reaches = (grant: OwnGrant, alert: AlertPlace): boolean =>
  grant.scope === 'school' ||
  (grant.scope === 'class' && grant.scopeId === alert.classId) ||
  (grant.scope === 'grade' && grant.scopeId === alert.gradeId);

/** The reason a person may see an alert, in the words of the access table, or null. Row security has decided already; this names it. */
export async function whyMaySeeAlert(
  trx: ActorTransaction,
  actor: Actor,
  alert: AlertPlace,
): Promise<Why | null> {
  if (alert.holderId === actor.personId) return { role: 'holder', scope: null, scopeId: null };
  const roles = alert.counsellorOnly ? counsellors : listing;
  const grant = (await listOwnGrants(trx, actor)).find(
    (one) => roles.includes(one.role) && reaches(one, alert),
  );
  if (grant) return { role: grant.role, scope: grant.scopeName, scopeId: grant.scopeId };
  return alert.colour === 'red' && (await isOnRedDuty(trx))
    ? { role: 'on_red_duty', scope: null, scopeId: null }
    : null;
}

/** The reason a person may acknowledge, or null: its holder, someone on that colour's duty list, or a counsellor. */
export async function whyMayAcknowledge(
  trx: ActorTransaction,
  actor: Actor,
  alert: AlertPlace,
): Promise<Why | null> {
  if (alert.holderId === actor.personId) return { role: 'holder', scope: null, scopeId: null };
  const grant = (await listOwnGrants(trx, actor)).find(
    (one) => counsellors.includes(one.role) && reaches(one, alert),
  );
  if (grant) return { role: grant.role, scope: grant.scopeName, scopeId: grant.scopeId };
  if (alert.counsellorOnly || alert.colour !== 'red') return null;
  return (await isOnRedDuty(trx)) ? { role: 'on_red_duty', scope: null, scopeId: null } : null;
}

/**
 * The reason a person may read why an alert was raised, if it is another than the one for which they see it: a leader who lists it
 * reads its reasons only behind broken glass.
 */
export async function whyMayReadReasons(
  trx: ActorTransaction,
  pupilId: string,
  why: Why,
): Promise<Why> {
  if (why.role !== 'school_leader') return why;
  const { rows } = await sql<{ broken: boolean }>`
    select ${pupilId}::uuid = any ((select sec.glass_pupils())::uuid[]) as broken`.execute(trx);
  return rows[0]?.broken ? { role: 'break_glass', scope: null, scopeId: null } : why;
}

async function isOnRedDuty(trx: ActorTransaction): Promise<boolean> {
  const rows = await sql<{ on_duty: boolean }>`select sec.on_duty('red') as on_duty`.execute(trx);
  return rows.rows[0]?.on_duty ?? false;
}

export async function isCounsellor(trx: ActorTransaction): Promise<boolean> {
  const rows = await sql<{
    counsels: boolean;
  }>`select sec.has_role('counsellor', 'lead_counsellor') as counsels`.execute(trx);
  return rows.rows[0]?.counsels ?? false;
}
