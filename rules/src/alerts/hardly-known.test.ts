import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { autumnCalendar } from '../testing/autumn-calendar.ts';
import { findHardlyKnown } from './hardly-known.ts';
import type { CoverageReport } from './hardly-known.ts';

/** With the school year after it: past the last term that is known, weekdays would make July a round. */
const calendar = {
  ...autumnCalendar,
  terms: [...autumnCalendar.terms, { startsOn: '2027-09-01', endsOn: '2028-01-21' }],
};
const report = (
  month: string,
  seat: 'A' | 'B',
  hardlyKnown: readonly string[],
  classId = 1,
): CoverageReport => ({ classId, month, seat, hardlyKnown });
const found = (...reports: readonly CoverageReport[]): string[] =>
  findHardlyKnown(reports, calendar).map(({ pupilId, months }) => `${pupilId} ${months.join(' ')}`);

describe('R12: a pupil whom nobody who reported knows', () => {
  const september = [report('2026-09', 'A', ['x', 'y']), report('2026-09', 'B', ['x'])];

  it('ticked by both seats in two rounds is found; by one of them is known to the other', () => {
    expect(
      found(...september, report('2026-10', 'A', ['x']), report('2026-10', 'B', ['x', 'y'])),
    ).toEqual(['x 2026-09 2026-10']);
  });

  it('only seats that reported count', () => {
    expect(found(...september, report('2026-10', 'B', ['x']))).toEqual(['x 2026-09 2026-10']);
    expect(found(report('2026-09', 'A', ['x']), report('2026-10', 'B', ['x']))).toEqual([
      'x 2026-09 2026-10',
    ]);
  });

  it('one round is not enough, however many seats', () => {
    expect(found(...september)).toEqual([]);
  });

  it('a round without a report is unknown: nothing is said across it', () => {
    expect(found(...september, report('2026-11', 'A', ['x']))).toEqual([]);
    expect(
      found(...september, report('2026-11', 'A', ['x']), report('2026-12', 'A', ['x'])),
    ).toEqual(['x 2026-11 2026-12']);
  });

  it('a month that is no round is skipped: June and September are neighbours, July says nothing', () => {
    const june = report('2027-06', 'A', ['x']);
    expect(found(june, report('2027-09', 'A', ['x']))).toEqual(['x 2027-06 2027-09']);
    expect(found(june, report('2027-07', 'A', ['x']))).toEqual([]);
  });

  it('who has moved to another class is new there, and starts anew', () => {
    expect(found(report('2026-09', 'A', ['x'], 1), report('2026-10', 'A', ['x'], 2))).toEqual([]);
  });

  it('three rounds are two runs', () => {
    expect(
      found(...['2026-09', '2026-10', '2026-11'].map((month) => report(month, 'A', ['x']))),
    ).toEqual(['x 2026-09 2026-10', 'x 2026-10 2026-11']);
  });

  const someReports = fc.array(
    fc.record({
      classId: fc.constantFrom(1, 2),
      month: fc.constantFrom('2026-09', '2026-10', '2026-12', '2027-06', '2027-07', '2027-09'),
      seat: fc.constantFrom('A' as const, 'B' as const),
      hardlyKnown: fc.array(fc.constantFrom('x', 'y', 'z'), { maxLength: 4 }),
    }),
    { maxLength: 10 },
  );

  it('order and duplicates change nothing', () => {
    const shuffled = someReports.chain((reports) =>
      fc.tuple(
        fc.constant(reports),
        fc.shuffledSubarray([...reports, ...reports], { minLength: reports.length * 2 }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([reports, again]) => {
        expect(findHardlyKnown(again, calendar)).toEqual(findHardlyKnown(reports, calendar));
      }),
    );
  });

  it('whoever one seat leaves out in a round is in no run with that round', () => {
    fc.assert(
      fc.property(someReports, (reports) => {
        for (const { pupilId, classId, months } of findHardlyKnown(reports, calendar))
          for (const one of reports)
            if (one.classId === classId && months.includes(one.month))
              expect(one.hardlyKnown).toContain(pupilId);
      }),
    );
  });
});
