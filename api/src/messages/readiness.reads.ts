import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';

/** How many on the red list must be reached before red may ring. */
const redContacts = 3;

/** Whether a red alert would reach somebody, and what is missing. @throws Refusal action.not-allowed */
export function readReadiness(deps: Pick<Deps, 'db' | 'now'>, actor: Actor) {
  return deps.db.asActor(actor, async (trx) => {
    const { rows } = await sql<{
      keeps: boolean;
    }>`select sec.has_role('administrator', 'lead_counsellor') as keeps`.execute(trx);
    if (!rows[0]?.keeps) refuse('action.not-allowed');
    const at = deps.now();
    const people = await trx
      .selectFrom('duty_slots as d')
      .innerJoin('staff as s', (on) =>
        on.onRef('s.school_id', '=', 'd.school_id').onRef('s.id', '=', 'd.person_id'),
      )
      .leftJoin('contact_points as p', (on) =>
        on
          .onRef('p.school_id', '=', 'd.school_id')
          .onRef('p.person_id', '=', 'd.person_id')
          .on('p.kind', '=', 'phone'),
      )
      .select(['s.name', 'p.address', 'p.proven_at'])
      .where('d.school_id', '=', actor.schoolId)
      .where('d.duty', '=', 'red')
      .where('d.starts_at', '<=', at)
      .where((eb) => eb.or([eb('d.ends_at', 'is', null), eb('d.ends_at', '>', at)]))
      .orderBy('d.position')
      .execute();
    const count = async (table: 'channels' | 'outside_contacts') =>
      Number(
        (
          await trx
            .selectFrom(table)
            .select((eb) => eb.fn.countAll<number>().as('n'))
            .where('school_id', '=', actor.schoolId)
            .$if(table === 'channels', (query) =>
              query.where(sql<boolean>`kind = 'ringing' and enabled`),
            )
            .$if(table === 'outside_contacts', (query) =>
              query.where(sql<boolean>`ended_at is null`),
            )
            .executeTakeFirstOrThrow()
        ).n,
      );
    const redList = people.map((row) => ({
      name: row.name,
      reachable: row.address !== null,
      proven: row.proven_at !== null,
    }));
    const [ringingChannels, outsideContacts] = [
      await count('channels'),
      await count('outside_contacts'),
    ];
    return {
      redList,
      ringingChannels,
      outsideContacts,
      mayRing:
        redList.filter(({ proven }) => proven).length >= redContacts &&
        redList.every(({ proven }) => proven) &&
        ringingChannels > 0 &&
        outsideContacts > 0,
    };
  });
}
