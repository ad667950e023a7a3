import { duties, neededOnDuty, onDutyAt } from './duty-roster.ts';
import type { Duty, DutyRoster } from './duty-roster.ts';

/** A while in which a list has fewer people than it needs. */
export interface DutyGap {
  readonly duty: Duty;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly present: number;
  readonly needed: number;
  /** Who is listed and absent, in the order of the list. */
  readonly absent: readonly string[];
}

/**
 * Every while between two instants in which a list has fewer people than it needs: nobody of them twice, none of the absent.
 * Total: any slots and absences, also overlapping, empty or backwards ones. Fewer slots or more absences never leave less of a gap.
 * @param from ISO instant
 * @param to ISO instant; the end itself is no longer looked at
 * @example
 * gapsOf({ slots: [], absences: [] }, monday, tuesday).map((gap) => gap.duty) // → ['red', 'counsellor']
 */
export function gapsOf(roster: DutyRoster, from: string, to: string): DutyGap[] {
  const [first, last] = [Date.parse(from), Date.parse(to)];
  const changes = [...roster.slots, ...roster.absences]
    .flatMap(({ startsAt, endsAt }) => [startsAt, ...(endsAt === null ? [] : [endsAt])])
    .map((at) => Date.parse(at))
    .filter((at) => first < at && at < last);
  const cuts = [first, ...new Set(changes)].sort((one, other) => one - other);
  return duties.flatMap((duty) => {
    const gaps: DutyGap[] = [];
    for (const [index, cut] of cuts.entries()) {
      const startsAt = new Date(cut).toISOString();
      const endsAt = new Date(cuts[index + 1] ?? last).toISOString();
      const { present, absent } = onDutyAt(roster, duty, startsAt);
      const needed = neededOnDuty[duty];
      if (present.length >= needed || startsAt >= endsAt) continue;
      const gap = { duty, startsAt, endsAt, present: present.length, needed, absent };
      const before = gaps.at(-1);
      if (before && isContinuedBy(before, gap)) gaps.splice(-1, 1, { ...before, endsAt });
      else gaps.push(gap);
    }
    return gaps;
  });
}

const isContinuedBy = (before: DutyGap, gap: DutyGap): boolean =>
  before.endsAt === gap.startsAt &&
  before.present === gap.present &&
  before.absent.join() === gap.absent.join();
