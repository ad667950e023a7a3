import { describe, expect, it } from 'vitest';
import { atSchool, autumnCalendar } from '../testing/autumn-calendar.ts';
import { meetingDueAt } from './meeting-due.ts';

describe('the meeting about a cluster', () => {
  it.each([
    [
      'in the morning of a school day: before the last bell',
      '2026-11-24',
      '08:10',
      '2026-11-24',
      '17:30',
    ],
    ['before school: before the last bell', '2026-11-24', '06:00', '2026-11-24', '17:30'],
    [
      'a minute before the bell: while people are still there',
      '2026-11-24',
      '17:29',
      '2026-11-24',
      '17:30',
    ],
    ['with the last bell: within 24 hours', '2026-11-24', '17:30', '2026-11-25', '17:30'],
    ['in the evening: within 24 hours', '2026-11-24', '21:00', '2026-11-25', '21:00'],
    ['on a Saturday: within 24 hours', '2026-11-28', '10:00', '2026-11-29', '10:00'],
    ['on a holiday: within 24 hours', '2026-10-01', '10:00', '2026-10-02', '10:00'],
    ['on a make-up Saturday: before the last bell', '2026-10-10', '10:00', '2026-10-10', '17:30'],
  ])('raised %s', (_, day, time, dueOn, dueAt) => {
    expect(meetingDueAt(atSchool(day, time), autumnCalendar)).toBe(atSchool(dueOn, dueAt));
  });
});
