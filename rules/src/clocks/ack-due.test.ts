import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atSchool, autumnCalendar } from '../testing/autumn-calendar.ts';
import { clockKeys } from '../vocabulary.ts';
import { ackDueAt } from './ack-due.ts';
import { isSchoolDay } from './calendar.ts';
import { addDays, localDate, localTime } from './dates.ts';

const someInstant = fc
  .integer({
    min: Date.parse('2026-09-01T00:00:00.000Z'),
    max: Date.parse('2027-06-20T00:00:00.000Z'),
  })
  .map((ms) => new Date(ms).toISOString());
const timeZones = ['Asia/Shanghai', 'Asia/Urumqi', 'America/New_York', 'Pacific/Kiritimati'];
const runs = { numRuns: 400 };

describe('when an alert must have been answered', () => {
  it('is after it was raised, on every clock, at any time, in any time zone', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...clockKeys),
        someInstant,
        fc.constantFrom(...timeZones),
        (clock, raisedAt, timeZone) => {
          const due = ackDueAt(clock, raisedAt, { ...autumnCalendar, timeZone });
          expect(Date.parse(due)).toBeGreaterThan(Date.parse(raisedAt));
        },
      ),
      runs,
    );
  });

  it('is at the last bell of a school day on the clocks of school days, or of a weekday after a week of break', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('yellow' as const, 'blue' as const),
        someInstant,
        fc.constantFrom(...timeZones),
        (clock, raisedAt, timeZone) => {
          const due = localTime(
            ackDueAt(clock, raisedAt, { ...autumnCalendar, timeZone }),
            timeZone,
          );
          const lastWeek = [0, 1, 2, 3, 4, 5, 6, 7].map((days) => addDays(due.date, -days));
          const isBreak = !lastWeek.some((day) => isSchoolDay(autumnCalendar, day));
          expect(isBreak || isSchoolDay(autumnCalendar, due.date)).toBe(true);
          expect(due.minutes).toBe(17 * 60 + 30);
        },
      ),
      runs,
    );
  });

  it('is never later on a clock of a higher colour', () => {
    fc.assert(
      fc.property(someInstant, (raisedAt) => {
        // A pupil who asked has no colour's clock: 24 hours pass midnight, a school day ends with its bell.
        const ofColours = clockKeys.filter((clock) => clock !== 'help');
        const due = ofColours.map((clock) => ackDueAt(clock, raisedAt, autumnCalendar));
        expect(due).toEqual([...due].sort());
      }),
      runs,
    );
  });

  it('red and immediate orange run through nights, weekends and holidays', () => {
    const nationalDay = atSchool('2026-10-03', '03:00');
    expect(ackDueAt('red', nationalDay, autumnCalendar)).toBe(atSchool('2026-10-03', '03:10'));
    expect(ackDueAt('orange-immediate', nationalDay, autumnCalendar)).toBe(
      atSchool('2026-10-03', '03:30'),
    );
  });

  it.each([
    {
      day: 'on a school day before the bell',
      raised: ['2026-11-23', '07:00'],
      due: ['2026-11-23', '10:00'],
    },
    {
      day: 'two school hours before the last bell',
      raised: ['2026-11-23', '15:30'],
      due: ['2026-11-23', '17:30'],
    },
    {
      day: 'a minute too late for that',
      raised: ['2026-11-23', '15:31'],
      due: ['2026-11-24', '03:31'],
    },
    {
      day: 'at night, the 12 hours end first',
      raised: ['2026-11-23', '21:59'],
      due: ['2026-11-24', '09:59'],
    },
    {
      day: 'at night, both end at once',
      raised: ['2026-11-23', '22:00'],
      due: ['2026-11-24', '10:00'],
    },
    {
      day: 'at night, the school hours end first',
      raised: ['2026-11-23', '22:01'],
      due: ['2026-11-24', '10:00'],
    },
    { day: 'on Friday evening', raised: ['2026-11-27', '17:31'], due: ['2026-11-28', '05:31'] },
    { day: 'on Saturday', raised: ['2026-11-28', '10:00'], due: ['2026-11-28', '22:00'] },
    {
      day: 'on a Saturday made up for a holiday',
      raised: ['2026-10-10', '10:00'],
      due: ['2026-10-10', '12:00'],
    },
  ] as const)('orange, raised $day', ({ raised, due }) => {
    expect(ackDueAt('orange', atSchool(raised[0], raised[1]), autumnCalendar)).toBe(
      atSchool(due[0], due[1]),
    );
  });

  it.each([
    {
      clock: 'yellow',
      day: 'on an ordinary Monday',
      raised: ['2026-11-23', '09:00'],
      due: '2026-11-24',
    },
    { clock: 'yellow', day: 'on a Friday', raised: ['2026-11-27', '09:00'], due: '2026-11-30' },
    {
      clock: 'yellow',
      day: 'before National Day',
      raised: ['2026-09-30', '09:00'],
      due: '2026-10-08',
    },
    {
      clock: 'yellow',
      day: 'before a make-up Saturday',
      raised: ['2026-10-09', '09:00'],
      due: '2026-10-10',
    },
    {
      clock: 'blue',
      day: 'before National Day and a make-up day',
      raised: ['2026-09-30', '09:00'],
      due: '2026-10-10',
    },
    {
      clock: 'blue',
      day: 'before a make-up Sunday',
      raised: ['2026-09-18', '09:00'],
      due: '2026-09-22',
    },
    {
      clock: 'blue',
      day: 'late at night, which is still that day',
      raised: ['2026-11-23', '23:59'],
      due: '2026-11-26',
    },
    {
      clock: 'blue',
      day: 'just after midnight',
      raised: ['2026-11-24', '00:00'],
      due: '2026-11-27',
    },
  ] as const)('$clock, raised $day', ({ clock, raised, due }) => {
    expect(ackDueAt(clock, atSchool(raised[0], raised[1]), autumnCalendar)).toBe(
      atSchool(due, '17:30'),
    );
  });

  it.each([
    { clock: 'yellow', raised: '2027-01-22', due: '2027-02-01' },
    { clock: 'blue', raised: '2027-01-22', due: '2027-02-03' },
    { clock: 'blue', raised: '2027-01-20', due: '2027-02-01' },
    { clock: 'yellow', raised: '2027-02-26', due: '2027-03-01' },
  ] as const)(
    '$clock, raised on $raised: no clock sleeps through a break',
    ({ clock, raised, due }) => {
      expect(ackDueAt(clock, atSchool(raised, '09:00'), autumnCalendar)).toBe(
        atSchool(due, '17:30'),
      );
    },
  );

  it('does not wait for a term that nobody has entered', () => {
    const onlyAutumn = { ...autumnCalendar, terms: [autumnCalendar.terms[0]] };
    const raisedAt = atSchool('2027-01-21', '09:00');
    expect(ackDueAt('blue', raisedAt, onlyAutumn)).toBe(atSchool('2027-01-26', '17:30'));
    expect(
      localDate(ackDueAt('yellow', raisedAt, { ...onlyAutumn, terms: [] }), 'Asia/Shanghai'),
    ).toBe('2027-01-22');
  });
});
