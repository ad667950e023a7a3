import { describe, expect, test } from 'vitest';
import type { DutyWeek } from '#lib/api/shapes.ts';
import { daysOfWeek } from './days-of-week.ts';

const at = (day: number, time: string): string =>
  new Date(`2026-11-${day}T${time}:00+08:00`).toISOString();
const slot = (
  name: string,
  startsAt: string,
  endsAt: string | null,
): DutyWeek['slots'][number] => ({
  id: name,
  duty: 'red',
  position: 1,
  person: { id: name, name },
  phone: null,
  startsAt,
  endsAt,
  covers: null,
  version: 1,
});
const week = (more: Partial<DutyWeek>): DutyWeek => ({
  week: { from: '2026-11-23', to: '2026-11-29' },
  days: [23, 24, 25, 26, 27, 28, 29].map((day) => ({
    day: `2026-11-${day}`,
    kind: day < 28 ? 'school_day' : 'free',
    label: '',
  })),
  slots: [],
  absences: [],
  gaps: [],
  gapsAhead: [],
  people: [],
  may: { plan: true, change: true, ownAbsence: false },
  ...more,
});
const redOf = (shown: DutyWeek) =>
  daysOfWeek(shown, 'Asia/Shanghai').map(
    ({ lists }) => lists[0] ?? expect.unreachable('the red list is first'),
  );

describe('a week of duty, day by day', () => {
  test('shows a night in both of its days, and nothing at the midnight where it ends', () => {
    const days = redOf(
      week({
        slots: [
          slot('night', at(24, '18:00'), at(25, '08:00')),
          slot('to midnight', at(26, '20:00'), at(27, '00:00')),
        ],
      }),
    );
    expect(days.map((day) => day.slots.map((one) => one.hours))).toEqual([
      [],
      ['18:00–24:00'],
      ['00:00–08:00'],
      ['20:00–24:00'],
      [],
      [],
      [],
    ]);
  });

  test('shows whoever is listed without an end the whole of every day, and when they are absent', () => {
    const days = redOf(
      week({
        slots: [slot('always', at(1 + 9, '00:00'), null)],
        absences: [
          {
            id: 'a',
            person: { id: 'always', name: 'always' },
            startsAt: at(25, '12:00'),
            endsAt: at(27, '00:00'),
          },
        ],
      }),
    );
    expect(days.every((day) => day.slots[0]?.hours === null)).toBe(true);
    expect(days.map((day) => day.slots[0]?.away)).toEqual([
      [],
      [],
      ['12:00–24:00'],
      [null],
      [],
      [],
      [],
    ]);
  });

  test('marks a gap on the days it touches', () => {
    const gap = { duty: 'red' as const, present: 2, needed: 3, absent: [] };
    const days = redOf(
      week({ gaps: [{ ...gap, startsAt: at(28, '22:00'), endsAt: at(29, '07:30') }] }),
    );
    expect(days.map((day) => day.gaps.map((one) => one.hours)).slice(4)).toEqual([
      [],
      ['22:00–24:00'],
      ['00:00–07:30'],
    ]);
  });
});
