export const duties = ['red', 'counsellor'] as const;
export type Duty = (typeof duties)[number];

/** Somebody on a list for a while. Instants are ISO strings in UTC; the end itself is no longer part of it. */
export interface DutySlot {
  readonly duty: Duty;
  readonly personId: string;
  /** The order in which the list is walked. */
  readonly position: number;
  readonly startsAt: string;
  /** Null: until somebody ends it. */
  readonly endsAt: string | null;
}

export interface Absence {
  readonly personId: string;
  readonly startsAt: string;
  readonly endsAt: string;
}

export interface DutyRoster {
  readonly slots: readonly DutySlot[];
  readonly absences: readonly Absence[];
}

/**
 * How many people each list needs at every instant. A red alert goes to the next one every ten minutes, so that three make half an hour
 * in which somebody is rung; no school opens with fewer.
 */
export const neededOnDuty = { red: 3, counsellor: 1 } as const satisfies Record<Duty, number>;

const covers = (at: number, startsAt: string, endsAt: string | null): boolean =>
  Date.parse(startsAt) <= at && (endsAt === null || at < Date.parse(endsAt));

/**
 * The people of one list at an instant, in the order in which they are asked: who is listed, and who of them is there.
 * @param at ISO instant
 * @example
 * onDutyAt({ slots: [first, second], absences: [ofFirst] }, 'red', at) // → { present: ['second'], absent: ['first'] }
 */
export function onDutyAt(
  roster: DutyRoster,
  duty: Duty,
  at: string,
): { readonly present: readonly string[]; readonly absent: readonly string[] } {
  const instant = Date.parse(at);
  const listed = roster.slots
    .filter((slot) => slot.duty === duty && covers(instant, slot.startsAt, slot.endsAt))
    .sort(
      (one, other) =>
        one.position - other.position ||
        Date.parse(one.startsAt) - Date.parse(other.startsAt) ||
        (one.personId < other.personId ? -1 : 1),
    );
  const people = [...new Set(listed.map((slot) => slot.personId))];
  const away = new Set(
    roster.absences
      .filter((absence) => covers(instant, absence.startsAt, absence.endsAt))
      .map((absence) => absence.personId),
  );
  return {
    present: people.filter((person) => !away.has(person)),
    absent: people.filter((person) => away.has(person)),
  };
}
