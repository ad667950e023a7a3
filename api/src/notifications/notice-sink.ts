import type { Deps } from '../deps.ts';
import type { WorkerTransaction } from '../db/worker-database.ts';
import type { Sink } from './deliver-next.ts';
import { planOutside } from './message-sink.ts';
import type { OutboxItem } from './outbox.queries.ts';
import { listRecipients } from './recipients.reads.ts';
import type { Recipients } from './recipients.reads.ts';

/** Nobody is there to be told: that must not pass for "told". */
class NobodyToTellError extends Error {
  override name = 'NobodyToTellError';
}

/** Tells people inside the program, a notice each, and plans what goes outside. A second delivery of the same item adds nothing. */
export const noticeSink =
  (deps: Pick<Deps, 'newId'>): Sink =>
  async (trx, item) => {
    const recipients = await listRecipients(trx, item);
    await planOutside(deps, trx, item, recipients);
    if (recipients === null) return;
    if (recipients.size === 0) throw new NobodyToTellError('the roster is empty');
    await insertNotices(deps, trx, item, recipients);
  };

async function insertNotices(
  deps: Pick<Deps, 'newId'>,
  trx: WorkerTransaction,
  item: OutboxItem,
  recipients: Recipients,
): Promise<void> {
  await trx
    .insertInto('notices')
    .values(
      [...recipients].map(([personId, kind]) => ({
        school_id: item.schoolId,
        id: deps.newId(),
        outbox_id: item.id,
        person_id: personId,
        kind,
        subject_id: item.subjectId,
        at: item.at,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
