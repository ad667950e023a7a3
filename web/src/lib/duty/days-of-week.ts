import { addDays, duties, instantOf, localTime } from '@shaodian/rules';
import type { Duty } from '@shaodian/rules';
import type { DutyWeek } from '#lib/api/shapes.ts';

type Slot = DutyWeek['slots'][number];
type Gap = DutyWeek['gaps'][number];

export interface DutyDay {
  readonly day: string;
  readonly kind: DutyWeek['days'][number]['kind'];
  readonly label: string;
  readonly lists: readonly {
    readonly duty: Duty;
    readonly slots: readonly (Slot & {
      /** `08:00–17:30`; null for the whole day. */
      readonly hours: string | null;
      /** When of that the person is absent. */
      readonly away: readonly (string | null)[];
    })[];
    readonly gaps: readonly (Gap & { readonly hours: string | null })[];
  }[];
}

interface Span {
  readonly startsAt: string;
  readonly endsAt: string | null;
}

/** A week as seven days, each with its lists, and the hours of each day on which somebody is listed, absent or missing. */
export function daysOfWeek(week: DutyWeek, timeZone: string): DutyDay[] {
  return week.days.map(({ day, kind, label }) => {
    const within = {
      startsAt: instantOf(day, 0, timeZone),
      endsAt: instantOf(addDays(day, 1), 0, timeZone),
    };
    const hoursOf = (span: Span) => hoursIn(within, span, timeZone);
    return {
      day,
      kind,
      label,
      lists: duties.map((duty) => ({
        duty,
        slots: week.slots
          .filter((slot) => slot.duty === duty && overlap(slot, within))
          .map((slot) => ({
            ...slot,
            hours: hoursOf(slot),
            away: week.absences
              .filter(({ person }) => person.id === slot.person.id)
              .flatMap((absence) => {
                const both = overlap(absence, slot);
                return both && overlap(both, within) ? [hoursOf(both)] : [];
              }),
          })),
        gaps: week.gaps
          .filter((gap) => gap.duty === duty && overlap(gap, within))
          .map((gap) => ({ ...gap, hours: hoursOf(gap) })),
      })),
    };
  });
}

/** What two spans have in common, or null. */
function overlap(one: Span, other: Span): Span | null {
  const startsAt = one.startsAt > other.startsAt ? one.startsAt : other.startsAt;
  const ends = [one.endsAt, other.endsAt].filter((end) => end !== null).sort();
  const endsAt = ends[0] ?? null;
  return endsAt === null || startsAt < endsAt ? { startsAt, endsAt } : null;
}

function hoursIn(day: Span, span: Span, timeZone: string): string | null {
  const from = span.startsAt <= day.startsAt ? 0 : minutesOf(span.startsAt, timeZone);
  const isToEnd = span.endsAt === null || (day.endsAt !== null && span.endsAt >= day.endsAt);
  const to = isToEnd ? 24 * 60 : minutesOf(span.endsAt ?? '', timeZone);
  return from === 0 && to === 24 * 60 ? null : `${clock(from)}–${clock(to)}`;
}

const minutesOf = (instant: string, timeZone: string): number =>
  Math.floor(localTime(instant, timeZone).minutes);

const clock = (minutes: number): string =>
  [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
