import { colours } from '@shaodian/rules';
import type { Colour } from '@shaodian/rules';
import { findDataKeys } from '../crypto/data-keys.ts';
import { unsealText } from '../crypto/seal.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Actor } from '../http/types.ts';
import { isLower, isSecond, needsSecond } from './may-act.ts';
import type { ClosingOutcome, ProposalAct } from './proposals.schemas.ts';

interface OneAlert {
  readonly id: string;
  readonly pupilId: string;
  readonly colour: Colour;
  readonly status: string;
  readonly holderId: string | null;
  readonly guardianLocked: boolean;
}

/** What was proposed about an alert, the latest first, and what the reader may do. */
export async function readAlertActs(
  deps: Pick<Deps, 'master'>,
  trx: ActorTransaction,
  actor: Actor,
  alert: OneAlert,
  mayAct: boolean,
) {
  const rows = await listProposals(trx, actor, alert.id);
  const open = rows.find((row) => row.state === 'open');
  const mayDecide =
    open !== undefined &&
    alert.status !== 'closed' &&
    (await isSecond(trx, actor, alert, {
      act: open.act as ProposalAct,
      proposedBy: open.proposed_by,
    }));
  const key =
    (mayAct || mayDecide) && rows.length > 0
      ? await findDataKeys(trx, deps.master, {
          schoolId: actor.schoolId,
          kind: 'pupil',
          id: alert.pupilId,
        })
      : undefined;
  const proposes = mayAct && alert.status === 'acknowledged' && !open;
  return {
    proposals: rows.map((row) => ({
      id: row.id,
      act: row.act as ProposalAct,
      colour: row.colour as Colour | null,
      outcome: row.outcome as ClosingOutcome | null,
      state: row.state as 'open' | 'agreed' | 'declined' | 'withdrawn' | 'lapsed',
      by: row.proposer ?? '—',
      byMe: row.proposed_by === actor.personId,
      at: row.proposed_at.toISOString(),
      decidedBy: row.decider,
      decidedAt: row.decided_at?.toISOString() ?? null,
      ...wordsOf(row, key, actor),
    })),
    mayClose: proposes,
    mayLowerTo: proposes ? colours.filter((colour) => isLower(colour, alert.colour)) : [],
    mayClearGuardian: proposes && alert.guardianLocked,
    needsSecond: needsSecond('close', alert.colour),
    mayDecide,
    mayWithdraw: open?.proposed_by === actor.personId,
  };
}

const listProposals = (trx: ActorTransaction, actor: Actor, alertId: string) =>
  trx
    .selectFrom('alert_proposals as p')
    .leftJoin('staff as s', (on) =>
      on.onRef('s.school_id', '=', 'p.school_id').onRef('s.id', '=', 'p.proposed_by'),
    )
    .leftJoin('staff as d', (on) =>
      on.onRef('d.school_id', '=', 'p.school_id').onRef('d.id', '=', 'p.decided_by'),
    )
    .select([
      'p.id',
      'p.act',
      'p.colour',
      'p.outcome',
      'p.state',
      'p.words',
      'p.proposed_by',
      'p.proposed_at',
      'p.decided_at',
      's.name as proposer',
      'd.name as decider',
    ])
    .where('p.school_id', '=', actor.schoolId)
    .where('p.alert_id', '=', alertId)
    .orderBy('p.proposed_at', 'desc')
    .orderBy('p.id')
    .execute();

type Keys = Awaited<ReturnType<typeof findDataKeys>>;

/** For those who act or decide; others see that something was proposed. */
function wordsOf(
  row: Awaited<ReturnType<typeof listProposals>>[number],
  key: Keys | undefined,
  { schoolId }: Actor,
): { reason: string | null; raiseAgain: string | null } {
  if (!key || !row.words) return { reason: null, raiseAgain: null };
  const place = { table: 'alert_proposals', column: 'words', row: row.id, schoolId };
  return JSON.parse(unsealText(row.words, key, place)) as {
    reason: string;
    raiseAgain: string | null;
  };
}
