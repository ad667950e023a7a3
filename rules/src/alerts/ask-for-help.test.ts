import { describe, expect, it } from 'vitest';
import { autumnCalendar } from '../testing/autumn-calendar.ts';
import { ackDueAt } from '../clocks/ack-due.ts';
import { clockKeys, colours, tiers } from '../vocabulary.ts';
import { askedForHelp, attachHelp } from './ask-for-help.ts';

const asked = askedForHelp('2026-11-24');
const fresh = { clock: 'help', holder: 'counsellor_on_duty' };

describe('a pupil who asks for help', () => {
  it('is blue at the school, held by the counsellor, and nobody else is told', () => {
    expect(asked).toMatchObject({
      colour: 'blue',
      tier: 'school',
      holder: 'counsellor_on_duty',
      informed: [],
      counsellorOnly: true,
    });
    expect(attachHelp(undefined, asked)).toEqual({
      event: 'raised',
      colour: 'blue',
      tier: 'school',
      restart: fresh,
    });
  });

  it('is seen within 24 hours, also on a Saturday', () => {
    expect(ackDueAt('help', '2026-11-27T16:00:00.000Z', autumnCalendar)).toBe(
      '2026-11-28T16:00:00.000Z',
    );
  });

  it('lowers nothing that is open, and asks for an answer unless a clock as short waits for one', () => {
    for (const colour of colours)
      for (const tier of tiers)
        for (const clock of clockKeys)
          for (const acknowledged of [true, false]) {
            const change = attachHelp({ colour, tier, clock, acknowledged }, asked);
            expect(change).toMatchObject({ event: 'evidence_attached', colour, tier: 'school' });
            const waits = !acknowledged && clock !== 'yellow' && clock !== 'blue';
            expect(change.restart).toEqual(waits ? null : fresh);
          }
  });
});
