import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atSchool } from '../testing/autumn-calendar.ts';
import { colours } from '../vocabulary.ts';
import { messageDueAt } from './message-due.ts';

const due = (colour: (typeof colours)[number], date: string, time: string) =>
  messageDueAt(colour, atSchool(date, time), 'Asia/Shanghai');

describe('when a message goes out', () => {
  it.each(['red', 'orange'] as const)('%s: at once, at any hour', (colour) => {
    expect(due(colour, '2026-10-03', '23:40')).toBe(atSchool('2026-10-03', '23:40'));
  });

  it.each([
    ['07:29', '2026-11-23', '07:30'],
    ['07:30', '2026-11-23', '07:30'],
    ['07:31', '2026-11-23', '16:00'],
    ['16:00', '2026-11-23', '16:00'],
    ['16:01', '2026-11-24', '07:30'],
    ['23:59', '2026-11-24', '07:30'],
  ] as const)('yellow and blue at %s: with the next digest', (time, day, digest) => {
    for (const colour of ['yellow', 'blue'] as const)
      expect(due(colour, '2026-11-23', time)).toBe(atSchool(day, digest));
  });

  it('is never earlier than what it tells of, and never a day later, in any time zone', () => {
    const zones = ['Asia/Shanghai', 'America/New_York', 'Pacific/Kiritimati'];
    const someTime = fc.integer({ min: Date.parse('2026-09-01'), max: Date.parse('2027-06-30') });
    fc.assert(
      fc.property(
        fc.constantFrom(...colours),
        someTime,
        fc.constantFrom(...zones),
        (colour, ms, zone) => {
          const waits = Date.parse(messageDueAt(colour, new Date(ms).toISOString(), zone)) - ms;
          expect(waits).toBeGreaterThanOrEqual(0);
          expect(waits).toBeLessThan(25 * 3_600_000);
        },
      ),
    );
  });
});
