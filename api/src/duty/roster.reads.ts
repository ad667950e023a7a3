import { gapsOf } from '@shaodian/rules';
import type { Duty } from '@shaodian/rules';
import type { ActorTransaction } from '../db/database.ts';

/** Two instants, ISO; the end itself is no longer part of it. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

/** Who is on a list at some time of the span, in the order of the lists, and who is absent: as far as the actor sees them. */
export async function readRoster(trx: ActorTransaction, schoolId: number, { from, to }: Span) {
  const slots = await trx
    .selectFrom('duty_slots as d')
    .innerJoin('staff as s', (on) =>
      on.onRef('s.school_id', '=', 'd.school_id').onRef('s.id', '=', 'd.person_id'),
    )
    .leftJoin('duty_slots as c', (on) =>
      on.onRef('c.school_id', '=', 'd.school_id').onRef('c.id', '=', 'd.covers'),
    )
    .leftJoin('staff as o', (on) =>
      on.onRef('o.school_id', '=', 'c.school_id').onRef('o.id', '=', 'c.person_id'),
    )
    .select(['d.id', 'd.duty', 'd.position', 'd.person_id', 's.name', 'd.phone', 'd.version'])
    .select(['d.starts_at', 'd.ends_at', 'o.name as covered'])
    .where('d.school_id', '=', schoolId)
    .where('d.starts_at', '<', new Date(to))
    .where((eb) =>
      eb.or([
        eb('d.ends_at', 'is', null),
        eb('d.ends_at', '>', eb.fn<Date>('greatest', [eb.val(new Date(from)), 'd.starts_at'])),
      ]),
    )
    .orderBy('d.duty')
    .orderBy('d.position')
    .orderBy('d.starts_at')
    .orderBy('d.id')
    .execute();
  const absences = await trx
    .selectFrom('absences as b')
    .innerJoin('staff as s', (on) =>
      on.onRef('s.school_id', '=', 'b.school_id').onRef('s.id', '=', 'b.person_id'),
    )
    .select(['b.id', 'b.person_id', 's.name', 'b.starts_at', 'b.ends_at'])
    .where('b.school_id', '=', schoolId)
    .where('b.starts_at', '<', new Date(to))
    .where('b.ends_at', '>', new Date(from))
    .whereRef('b.ends_at', '>', 'b.starts_at')
    .orderBy('b.starts_at')
    .orderBy('b.id')
    .execute();
  return {
    slots: slots.map((row) => ({
      id: row.id,
      duty: row.duty as Duty,
      position: row.position,
      person: { id: row.person_id, name: row.name },
      phone: row.phone,
      startsAt: row.starts_at.toISOString(),
      endsAt: row.ends_at?.toISOString() ?? null,
      covers: row.covered,
      version: row.version,
    })),
    absences: absences.map((row) => ({
      id: row.id,
      person: { id: row.person_id, name: row.name },
      startsAt: row.starts_at.toISOString(),
      endsAt: row.ends_at.toISOString(),
    })),
  };
}

type Roster = Awaited<ReturnType<typeof readRoster>>;

/** The gaps of a span, with the names of those who are absent. */
export function gapsWithNames({ slots, absences }: Roster, { from, to }: Span) {
  const names = new Map(absences.map(({ person }) => [person.id, person.name]));
  const roster = {
    slots: slots.map(({ person, ...slot }) => ({ ...slot, personId: person.id })),
    absences: absences.map(({ person, ...absence }) => ({ ...absence, personId: person.id })),
  };
  return gapsOf(roster, from, to).map((gap) => ({
    ...gap,
    absent: gap.absent.map((id) => names.get(id) ?? '—'),
  }));
}
