import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atSchool } from '../testing/autumn-calendar.ts';
import { duties, neededOnDuty, onDutyAt } from './duty-roster.ts';
import type { Absence, DutyRoster, DutySlot } from './duty-roster.ts';
import { gapsOf } from './gaps-of.ts';

const hour = (n: number): string => new Date(Date.UTC(2026, 10, 23, n)).toISOString();
const people = ['a', 'b', 'c', 'd', 'e'];
const someSlot: fc.Arbitrary<DutySlot> = fc.record({
  duty: fc.constantFrom(...duties),
  personId: fc.constantFrom(...people),
  position: fc.integer({ min: 1, max: 20 }),
  startsAt: fc.integer({ min: -5, max: 60 }).map(hour),
  endsAt: fc.option(fc.integer({ min: -5, max: 60 }).map(hour)),
});
const someAbsence: fc.Arbitrary<Absence> = fc.record({
  personId: fc.constantFrom(...people),
  startsAt: fc.integer({ min: -5, max: 60 }).map(hour),
  endsAt: fc.integer({ min: -5, max: 60 }).map(hour),
});
const someRoster: fc.Arbitrary<DutyRoster> = fc.record({
  slots: fc.array(someSlot, { maxLength: 12 }),
  absences: fc.array(someAbsence, { maxLength: 6 }),
});
const [from, to] = [hour(0), hour(48)];
/** Between two changes nothing changes: every half hour is looked at. */
const halfHours = Array.from({ length: 96 }, (_, index) =>
  new Date(Date.parse(from) + index * 1_800_000).toISOString(),
);
const isShort = (roster: DutyRoster, duty: (typeof duties)[number], at: string): boolean =>
  onDutyAt(roster, duty, at).present.length < neededOnDuty[duty];
const inGap = (roster: DutyRoster, duty: (typeof duties)[number], at: string): boolean =>
  gapsOf(roster, from, to).some(
    (gap) => gap.duty === duty && gap.startsAt <= at && at < gap.endsAt,
  );

describe('the gaps of a roster', () => {
  it('are exactly the instants at which a list is short', () => {
    fc.assert(
      fc.property(someRoster, (roster) => {
        for (const duty of duties)
          for (const at of halfHours)
            expect(inGap(roster, duty, at)).toBe(isShort(roster, duty, at));
      }),
      { numRuns: 60 },
    );
  });

  it('lie in order within what was asked, none touching one that says the same', () => {
    fc.assert(
      fc.property(someRoster, (roster) => {
        const gaps = gapsOf(roster, from, to);
        for (const [index, gap] of gaps.entries()) {
          expect(from <= gap.startsAt && gap.startsAt < gap.endsAt && gap.endsAt <= to).toBe(true);
          const next = gaps[index + 1];
          if (next?.duty !== gap.duty) continue;
          expect(gap.endsAt <= next.startsAt).toBe(true);
          if (gap.endsAt === next.startsAt)
            expect([next.present, next.absent]).not.toEqual([gap.present, gap.absent]);
        }
      }),
    );
  });

  it('never grow less by a slot taken away or an absence more', () => {
    fc.assert(
      fc.property(someRoster, someAbsence, fc.nat(), (roster, absence, which) => {
        const fewer = {
          slots: roster.slots.filter((_, index) => index !== which % (roster.slots.length || 1)),
          absences: [...roster.absences, absence],
        };
        for (const duty of duties)
          for (const at of halfHours)
            if (inGap(roster, duty, at)) expect(inGap(fewer, duty, at)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('depend neither on order nor on what is entered twice', () => {
    fc.assert(
      fc.property(someRoster, ({ slots, absences }) => {
        const twice = {
          slots: [...slots, ...slots].reverse(),
          absences: [...absences, ...absences],
        };
        expect(gapsOf(twice, from, to)).toEqual(gapsOf({ slots, absences }, from, to));
      }),
    );
  });

  const slot = (personId: string, startsAt: string, endsAt: string | null): DutySlot => ({
    duty: 'red',
    personId,
    position: people.indexOf(personId) + 1,
    startsAt,
    endsAt,
  });
  const [night, morning] = [atSchool('2026-11-27', '22:00'), atSchool('2026-11-28', '07:00')];
  const week = [atSchool('2026-11-23', '00:00'), atSchool('2026-11-30', '00:00')] as const;
  const red = (roster: DutyRoster) => gapsOf(roster, ...week).filter((gap) => gap.duty === 'red');

  it('are none with three, and one from the minute in which the third leaves to that in which the next comes', () => {
    const two = [slot('a', ...week), slot('b', ...week)];
    const three = { slots: [...two, slot('c', ...week)], absences: [] };
    expect(red(three)).toEqual([]);
    const relieved = [...two, slot('c', week[0], night), slot('d', night, null)];
    expect(red({ slots: relieved, absences: [] })).toEqual([]);
    const late = [...two, slot('c', week[0], night), slot('d', morning, null)];
    expect(red({ slots: late, absences: [] })).toEqual([
      { duty: 'red', startsAt: night, endsAt: morning, present: 2, needed: 3, absent: [] },
    ]);
  });

  it('say who of the list is absent', () => {
    const absences = [{ personId: 'b', startsAt: night, endsAt: morning }];
    const slots = ['a', 'b', 'c'].map((one) => slot(one, ...week));
    expect(red({ slots, absences })).toEqual([
      { duty: 'red', startsAt: night, endsAt: morning, present: 2, needed: 3, absent: ['b'] },
    ]);
    expect(red({ slots: [...slots, slot('d', ...week)], absences })).toEqual([]);
  });

  it('count somebody who is on the list twice once', () => {
    const slots = ['a', 'b', 'b'].map((one) => slot(one, ...week));
    expect(red({ slots, absences: [] })).toHaveLength(1);
  });
});

describe('who is on duty', () => {
  const at = hour(3);
  const listed = (personId: string, position: number, startsAt: string, endsAt: string | null) =>
    ({ duty: 'red', personId, position, startsAt, endsAt }) as const;

  it.each([
    ['from the first instant', hour(3), null, ['a']],
    ['not a millisecond before it', new Date(Date.parse(at) + 1).toISOString(), null, []],
    ['until the last millisecond', hour(0), new Date(Date.parse(at) + 1).toISOString(), ['a']],
    ['not at the end itself', hour(0), at, []],
    ['never, of a slot without length', at, at, []],
  ])('is so %s', (_, startsAt, endsAt, present) => {
    const roster = { slots: [listed('a', 1, startsAt, endsAt)], absences: [] };
    expect(onDutyAt(roster, 'red', at).present).toEqual(present);
    expect(onDutyAt(roster, 'counsellor', at).present).toEqual([]);
  });

  it('is asked in the order of the list, then of who began first', () => {
    const slots = [
      listed('a', 2, hour(0), null),
      listed('b', 1, hour(2), null),
      listed('c', 1, hour(1), null),
    ];
    const absences = [{ personId: 'c', startsAt: at, endsAt: hour(4) }];
    expect(onDutyAt({ slots, absences: [] }, 'red', at).present).toEqual(['c', 'b', 'a']);
    expect(onDutyAt({ slots, absences }, 'red', at)).toEqual({
      present: ['b', 'a'],
      absent: ['c'],
    });
    expect(onDutyAt({ slots, absences }, 'red', hour(4)).absent).toEqual([]);
  });
});
