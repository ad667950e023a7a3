import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  daysBetween,
  instantOf,
  localDate,
  localTime,
  weekOf,
  weekdayOf,
} from './dates.ts';

const someDate = fc.integer({ min: -3650, max: 36500 }).map((day) => addDays('2026-01-01', day));

describe('dates', () => {
  it('adding days and counting them are each other backwards', () => {
    fc.assert(
      fc.property(someDate, fc.integer({ min: -5000, max: 5000 }), (date, days) => {
        expect(daysBetween(date, addDays(date, days))).toBe(days);
      }),
    );
  });

  it('go over leap days and the end of a year', () => {
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
    expect(addDays('2026-02-28', 1)).toBe('2026-03-01');
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
  });

  it.each([
    ['2026-11-23', '2026-11-23', 'a Monday'],
    ['2026-11-29', '2026-11-23', 'the Sunday after it'],
    ['2026-11-30', '2026-11-30', 'the next Monday'],
    ['2027-01-01', '2026-12-28', 'a Friday in a week of two years'],
    ['1969-12-31', '1969-12-29', 'before the epoch'],
  ])('the week of %s begins on %s: %s', (date, monday) => {
    expect(weekOf(date)).toBe(monday);
  });

  it('every week begins on a Monday at most six days before', () => {
    fc.assert(
      fc.property(someDate, (date) => {
        expect(weekdayOf(weekOf(date))).toBe(1);
        expect(daysBetween(weekOf(date), date)).toBe(weekdayOf(date) - 1);
      }),
    );
  });
});

describe('the date at the school', () => {
  it.each([
    ['2026-11-23T15:59:59.999Z', 'Asia/Shanghai', '2026-11-23'],
    ['2026-11-23T16:00:00.000Z', 'Asia/Shanghai', '2026-11-24'],
    ['2026-11-23T17:59:59.000Z', 'Asia/Urumqi', '2026-11-23'],
    ['2026-11-23T18:00:00.000Z', 'Asia/Urumqi', '2026-11-24'],
    ['2026-11-23T18:29:00.000Z', 'Asia/Kolkata', '2026-11-23'],
    ['2026-11-23T18:30:00.000Z', 'Asia/Kolkata', '2026-11-24'],
    ['2026-11-24T04:59:00.000Z', 'America/New_York', '2026-11-23'],
    ['2026-11-24T05:00:00.000Z', 'America/New_York', '2026-11-24'],
    ['2026-07-01T03:59:00.000Z', 'America/New_York', '2026-06-30'],
    ['2026-07-01T04:00:00.000Z', 'America/New_York', '2026-07-01'],
    ['2026-11-23T10:00:00.000Z', 'Pacific/Kiritimati', '2026-11-24'],
    ['2026-11-24T11:59:00.000Z', 'Pacific/Pago_Pago', '2026-11-24'],
    ['2026-11-24T10:59:00.000Z', 'Pacific/Pago_Pago', '2026-11-23'],
    ['2026-11-24T00:00:00.000Z', 'UTC', '2026-11-24'],
  ])('%s in %s is %s', (instant, timeZone, date) => {
    expect(localDate(instant, timeZone)).toBe(date);
  });

  it('midnight is the first minute of a day', () => {
    expect(localTime('2026-11-23T16:00:00.000Z', 'Asia/Shanghai')).toEqual({
      date: '2026-11-24',
      minutes: 0,
    });
  });

  it('a time of day is found back from its instant, where no clock change hides it', () => {
    fc.assert(
      fc.property(
        someDate,
        fc.integer({ min: 4 * 60, max: 23 * 60 }),
        fc.constantFrom(
          'Asia/Shanghai',
          'Asia/Kolkata',
          'America/New_York',
          'Europe/Berlin',
          'UTC',
        ),
        (date, minutes, timeZone) => {
          expect(localTime(instantOf(date, minutes, timeZone), timeZone)).toEqual({
            date,
            minutes,
          });
        },
      ),
    );
  });
});
