import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';

export type OutboxTopic =
  | 'alert.clock_started'
  | 'alert.needs_review'
  /** Written by the worker that carries out missed clocks. */
  | 'alert.climbed'
  | 'alert.step_overdue'
  | 'alert.outside'
  /** For those outside who follow: nobody inside has to be told. */
  | 'alert.acknowledged'
  | 'cluster.raised'
  /** Written by the worker that carries out missed clocks. */
  | 'cluster.climbed'
  /** For the second person. */
  | 'alert.proposed'
  | 'break_glass.opened'
  | 'grant.proposed'
  | 'grant.decided'
  /** Written by the worker that carries out drills. */
  | 'drill.called'
  /** Written by `sec.reset_factor`, so that there is no reset that is not told. */
  | 'second_factor.reset'
  /** Written by a trigger, for the same reason. */
  | 'exclusion.counsellor';

export interface Happened {
  readonly schoolId: number;
  readonly topic: OutboxTopic;
  /** The alert, the cluster, the break-glass, the call of a drill, or the act of proposing roles that it is about. Ids only: who is told, and what they may see, is found on delivery. */
  readonly subjectId: string;
  /** Domain time. */
  readonly at: Date;
}

/** Writes down, in the transaction that makes it true, that somebody must be told. The worker finds out whom. */
export async function enqueue(
  deps: Pick<Deps, 'newId'>,
  trx: ActorTransaction,
  happened: Happened,
): Promise<void> {
  await trx
    .insertInto('outbox')
    .values({
      school_id: happened.schoolId,
      id: deps.newId(),
      topic: happened.topic,
      subject_id: happened.subjectId,
      at: happened.at,
    })
    .execute();
}
