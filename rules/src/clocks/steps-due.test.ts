import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atSchool, autumnCalendar } from '../testing/autumn-calendar.ts';
import { clockKeys } from '../vocabulary.ts';
import { ackDueAt } from './ack-due.ts';
import { guardianDueAt, seeEvidenceDueAt, stepsDueAt, teamDueAt } from './steps-due.ts';

const plain = { guardianLocked: false, mandatoryReport: false };
const due = (clock: (typeof clockKeys)[number], at: string, about = plain) =>
  Object.fromEntries(
    stepsDueAt({ clock, ...about }, at, autumnCalendar).map(({ kind, dueAt }) => [kind, dueAt]),
  );
const monday = atSchool('2026-11-23', '09:00');
const saturdayNight = atSchool('2026-10-03', '23:40');

describe('the clocks of an alert', () => {
  it('of a red one at night in a holiday run through', () => {
    expect(due('red', saturdayNight)).toEqual({
      acknowledge: atSchool('2026-10-03', '23:50'),
      contact: atSchool('2026-10-03', '23:55'),
      assessment: atSchool('2026-10-04', '00:40'),
      guardian: atSchool('2026-10-04', '00:40'),
    });
  });

  it('of a yellow and a blue one go by the school calendar, and leave the guardian to the plan', () => {
    expect(due('yellow', monday)).toEqual({
      acknowledge: atSchool('2026-11-24', '17:30'),
      contact: atSchool('2026-11-26', '17:30'),
      assessment: atSchool('2026-12-07', '17:30'),
    });
    expect(due('blue', monday)).toEqual({
      acknowledge: atSchool('2026-11-26', '17:30'),
      contact: atSchool('2026-12-02', '17:30'),
      assessment: atSchool('2026-12-21', '17:30'),
    });
  });

  it.each([
    { when: 'in the morning', at: ['2026-11-23', '09:00'], contact: ['2026-11-23', '17:30'] },
    {
      when: 'just before the last bell',
      at: ['2026-11-23', '17:29'],
      contact: ['2026-11-23', '17:30'],
    },
    { when: 'at the last bell', at: ['2026-11-23', '17:30'], contact: ['2026-11-24', '05:30'] },
    { when: 'before school', at: ['2026-11-23', '05:00'], contact: ['2026-11-23', '17:00'] },
    { when: 'on a Saturday', at: ['2026-11-28', '09:00'], contact: ['2026-11-28', '21:00'] },
    { when: 'on a make-up day', at: ['2026-10-10', '09:00'], contact: ['2026-10-10', '17:30'] },
  ] as const)('orange, $when: contact before the pupil goes home', ({ at, contact }) => {
    expect(due('orange', atSchool(at[0], at[1]))['contact']).toBe(atSchool(contact[0], contact[1]));
  });

  it('do not run for the guardian while the notice is locked, and start when it is cleared', () => {
    expect(due('red', monday, { ...plain, guardianLocked: true })).not.toHaveProperty('guardian');
    expect(guardianDueAt('red', atSchool('2026-11-25', '10:00'), autumnCalendar)).toBe(
      atSchool('2026-11-25', '11:00'),
    );
    expect(guardianDueAt('yellow', monday, autumnCalendar)).toBeNull();
  });

  it('run for the mandatory report as the contact of a red alert does, whatever the colour', () => {
    for (const clock of clockKeys)
      expect(due(clock, monday, { ...plain, mandatoryReport: true })['mandatory_report']).toBe(
        atSchool('2026-11-23', '09:15'),
      );
    expect(due('red', monday)).not.toHaveProperty('mandatory_report');
  });

  it('call a team within three school days of the assessment of an orange one', () => {
    expect(teamDueAt('orange', atSchool('2026-09-30', '09:00'), autumnCalendar)).toBe(
      atSchool('2026-10-10', '17:30'),
    );
    expect(teamDueAt('blue', monday, autumnCalendar)).toBeNull();
  });

  it('give the holder one school day to see what was attached', () => {
    expect(seeEvidenceDueAt(atSchool('2026-11-27', '09:00'), autumnCalendar)).toBe(
      atSchool('2026-11-30', '17:30'),
    );
  });

  it('are all later than the alert, and the acknowledgement is one of them', () => {
    const someInstant = fc
      .integer({ min: Date.parse('2026-09-01'), max: Date.parse('2027-06-20') })
      .map((ms) => new Date(ms).toISOString());
    fc.assert(
      fc.property(fc.constantFrom(...clockKeys), someInstant, fc.boolean(), (clock, at, locked) => {
        const all = due(clock, at, { guardianLocked: locked, mandatoryReport: true });
        expect(all['acknowledge']).toBe(ackDueAt(clock, at, autumnCalendar));
        for (const dueAt of Object.values(all)) expect(dueAt > at).toBe(true);
        expect((all['assessment'] ?? '') >= (all['contact'] ?? at)).toBe(true);
      }),
    );
  });
});
