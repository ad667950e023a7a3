import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atSchool, autumnCalendar } from '../testing/autumn-calendar.ts';
import { clockKeys, rungs, tiers } from '../vocabulary.ts';
import { ackDueAt } from './ack-due.ts';
import { climb, climbedDueAt, firstStanding, takeOver } from './climb.ts';
import type { Ladder, Standing } from './climb.ts';

const people = ['a', 'b', 'c', 'd', 'e', 'f'];
const somebody = fc.uniqueArray(fc.constantFrom(...people), { maxLength: 4 });
const someLadder: fc.Arbitrary<Ladder> = fc.record({
  class: somebody,
  grade: somebody,
  school: somebody,
});
const someTier = fc.constantFrom(...tiers);
/** The roster may be another each time a clock is missed. */
const someDays = fc.array(someLadder, { minLength: 1, maxLength: 12 });

function walk(tier: (typeof tiers)[number], days: readonly Ladder[]): Standing[] {
  const [first = { class: [], grade: [], school: [] }, ...later] = days;
  const walked = [firstStanding(tier, first)];
  for (const ladder of later) walked.push(climb(walked.at(-1) as Standing, ladder));
  return walked;
}

const full: Ladder = { class: ['h'], grade: ['g1', 'g2'], school: ['d1', 'd2'] };

describe('where a missed clock climbs', () => {
  it('goes along each list, then to the next tier, then outside, and stays there', () => {
    const walked = walk(
      'class',
      Array.from({ length: 8 }, () => full),
    );
    expect(walked.map(({ rung, holder }) => `${rung} ${holder}`)).toEqual([
      'class h',
      'grade g1',
      'grade g2',
      'school d1',
      'school d2',
      'outside d2',
      'outside d2',
      'outside d2',
    ]);
  });

  it('starts with the next tier that has anybody', () => {
    expect(firstStanding('class', { class: [], grade: [], school: ['d'] })).toEqual({
      rung: 'school',
      asked: ['d'],
      holder: 'd',
    });
    expect(firstStanding('class', { class: [], grade: [], school: [] })).toEqual({
      rung: 'outside',
      asked: [],
      holder: null,
    });
  });

  it('outside gives it to whoever has come on duty since', () => {
    const outside = { rung: 'outside', asked: ['d1', 'd2'], holder: 'd2' } as const;
    expect(climb(outside, full)).toEqual(outside);
    expect(climb(outside, { ...full, school: ['d2', 'd3'] })).toEqual({
      rung: 'outside',
      asked: ['d1', 'd2', 'd3'],
      holder: 'd3',
    });
  });

  it('never goes down, and never asks anybody twice, whatever the roster is meanwhile', () => {
    fc.assert(
      fc.property(someTier, someDays, (tier, days) => {
        const walked = walk(tier, days);
        const steps = walked.map(({ rung }) => rungs.indexOf(rung));
        expect(steps).toEqual([...steps].sort((a, b) => a - b));
        expect(steps[0]).toBeGreaterThanOrEqual(rungs.indexOf(tier));
        const { asked } = walked.at(-1) as Standing;
        expect(new Set(asked).size).toBe(asked.length);
      }),
    );
  });

  it('never loses its holder, and has one as soon as anybody is there', () => {
    fc.assert(
      fc.property(someTier, someDays, (tier, days) => {
        const walked = walk(tier, days);
        for (const [index, { holder }] of walked.entries()) {
          const before = walked[index - 1];
          if (before?.holder) expect(holder).not.toBeNull();
          if ((days[index]?.school.length ?? 0) > 0) expect(holder).not.toBeNull();
          if (holder !== null) expect(walked[index]?.asked).toContain(holder);
        }
      }),
    );
  });

  it('comes outside the school after as many misses as there are people, and not before', () => {
    fc.assert(
      fc.property(someTier, someLadder, (tier, ladder) => {
        const reachable = tiers.slice(tiers.indexOf(tier)).flatMap((one) => ladder[one]);
        const walked = walk(
          tier,
          Array.from({ length: 14 }, () => ladder),
        );
        const count = new Set(reachable).size;
        expect(walked.findIndex(({ rung }) => rung === 'outside')).toBe(count);
      }),
    );
  });
});

describe('who takes over from a holder who is not there any more', () => {
  const without = (ladder: Ladder, who: string | null): Ladder => ({
    class: ladder.class.filter((one) => one !== who),
    grade: ladder.grade.filter((one) => one !== who),
    school: ladder.school.filter((one) => one !== who),
  });

  it('is the next who was not asked, where the alert is', () => {
    const atGrade = { rung: 'grade', asked: ['h', 'g1'], holder: 'g1' } as const;
    expect(takeOver(atGrade, without(full, 'g1'))).toEqual({
      rung: 'grade',
      asked: ['h', 'g1', 'g2'],
      holder: 'g2',
    });
    const last = { rung: 'grade', asked: ['h', 'g1', 'g2'], holder: 'g2' } as const;
    expect(takeOver(last, without(full, 'g2'))).toMatchObject({ rung: 'school', holder: 'd1' });
  });

  it('is somebody who was asked before when everybody was, and the alert stays outside', () => {
    const outside = { rung: 'outside', asked: ['d1', 'd2'], holder: 'd2' } as const;
    expect(takeOver(outside, without(full, 'd2'))).toEqual({ ...outside, holder: 'd1' });
    const nobody = { class: [], grade: [], school: [] };
    expect(takeOver(outside, nobody)).toEqual({ ...outside, holder: null });
  });

  it('never takes the alert down, never asks anybody twice, and is somebody as long as anybody of the school is there', () => {
    fc.assert(
      fc.property(someTier, someDays, someLadder, (tier, days, now) => {
        const before = walk(tier, days).at(-1) as Standing;
        const left = without(now, before.holder);
        const after = takeOver(before, left);
        expect(rungs.indexOf(after.rung)).toBeGreaterThanOrEqual(rungs.indexOf(before.rung));
        expect(after.asked.slice(0, before.asked.length)).toEqual(before.asked);
        expect(new Set(after.asked).size).toBe(after.asked.length);
        if (left.school.length > 0) expect(after.holder).not.toBeNull();
        if (after.holder !== null)
          expect([left.class, left.grade, left.school].flat()).toContain(after.holder);
      }),
    );
  });
});

describe('the clock of whom it climbs to', () => {
  it.each([
    ['blue', 'class', '2026-11-26', '17:30'],
    ['blue', 'grade', '2026-11-24', '17:30'],
    ['blue', 'school', '2026-11-23', '11:00'],
    ['blue', 'outside', '2026-11-23', '11:00'],
    ['orange', 'school', '2026-11-23', '11:00'],
    ['red', 'school', '2026-11-23', '09:10'],
    ['red', 'outside', '2026-11-23', '09:10'],
    ['orange-immediate', 'outside', '2026-11-23', '09:30'],
  ] as const)('of a %s alert at %s', (clock, rung, date, time) => {
    const missedAt = atSchool('2026-11-23', '09:00');
    expect(climbedDueAt(clock, rung, missedAt, autumnCalendar)).toBe(atSchool(date, time));
  });

  it('is never longer than the own clock of the alert', () => {
    fc.assert(
      fc.property(fc.constantFrom(...clockKeys), fc.constantFrom(...rungs), (clock, rung) => {
        const at = atSchool('2026-09-30', '09:00');
        const due = climbedDueAt(clock, rung, at, autumnCalendar);
        expect(due <= ackDueAt(clock, at, autumnCalendar)).toBe(true);
        expect(due > at).toBe(true);
      }),
    );
  });
});
