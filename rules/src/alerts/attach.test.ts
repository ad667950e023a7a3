import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockKeys, colours, tiers } from '../vocabulary.ts';
import type { ClockKey, Colour } from '../vocabulary.ts';
import { codesOf, factOf, now, someFact } from '../testing/facts.ts';
import { autumnCalendar } from '../testing/autumn-calendar.ts';
import { attach } from './attach.ts';
import type { News, OpenAlertState } from './attach.ts';
import { decide } from './decide.ts';
import type { AlertDecision, Fact } from './decision.ts';

function alertOf(facts: readonly Fact[]): AlertDecision {
  const decision = decide(facts, now, autumnCalendar);
  if (decision.outcome === 'none') throw new Error('these facts give no alert');
  return decision;
}

const blue = alertOf([factOf('ANX01')]);
const orange = alertOf([factOf('MOO06')]);
const immediateOrange = alertOf([factOf('SUI04')]);
const red = alertOf([factOf('SUI01')]);
const openOrange: OpenAlertState = {
  colour: 'orange',
  tier: 'school',
  clock: 'orange',
  acknowledged: false,
};
const quiet: News = { emergency: false, serious: false };
const serious: News = { emergency: false, serious: true };
const emergency: News = { emergency: true, serious: false };

const colourOf = {
  red: 'red',
  'orange-immediate': 'orange',
  orange: 'orange',
  help: 'blue',
  yellow: 'yellow',
  blue: 'blue',
} as const satisfies Record<ClockKey, Colour>;

const someOpen: fc.Arbitrary<OpenAlertState> = fc
  .record({
    clock: fc.constantFrom(...clockKeys),
    tier: fc.constantFrom(...tiers),
    acknowledged: fc.boolean(),
  })
  .map((open) => ({ ...open, colour: colourOf[open.clock] }));
const someDecision = fc
  .tuple(
    fc.array(someFact(), { maxLength: 5 }),
    someFact({ codes: codesOf('serious', 'emergency'), judgedBefore: [false] }),
    fc.constantFrom(...codesOf('concern')),
    fc.boolean(),
  )
  .map(([facts, weighty, concern, heavy]) =>
    alertOf(heavy ? [...facts, weighty] : [factOf(concern), ...facts]),
  );
const someNews: fc.Arbitrary<News> = fc.record({ emergency: fc.boolean(), serious: fc.boolean() });
const runs = { numRuns: 1000 };

describe('a decision that meets an open alert', () => {
  it('never lowers its colour or its tier', () => {
    fc.assert(
      fc.property(someOpen, someDecision, someNews, (open, decision, news) => {
        const change = attach(open, decision, news);
        for (const other of [open, decision]) {
          expect(colours.indexOf(change.colour)).toBeGreaterThanOrEqual(
            colours.indexOf(other.colour),
          );
          expect(tiers.indexOf(change.tier)).toBeGreaterThanOrEqual(tiers.indexOf(other.tier));
        }
      }),
      runs,
    );
  });

  it('never puts a slower clock in the place of one that nobody has answered', () => {
    fc.assert(
      fc.property(someOpen, someDecision, someNews, (open, decision, news) => {
        const { restart } = attach({ ...open, acknowledged: false }, decision, news);
        if (restart)
          expect(clockKeys.indexOf(restart.clock)).toBeLessThanOrEqual(
            clockKeys.indexOf(open.clock),
          );
      }),
      runs,
    );
  });

  it('an emergency sign always starts a fresh red clock, whatever is open and whatever was decided', () => {
    fc.assert(
      fc.property(fc.option(someOpen, { nil: undefined }), someDecision, (open, decision) => {
        expect(attach(open, decision, { emergency: true, serious: true })).toEqual({
          event: open ? 'fresh_emergency' : 'raised',
          colour: 'red',
          tier: 'school',
          restart: {
            clock: 'red',
            holder: decision.counsellorOnly ? 'counsellor_on_duty' : 'red_duty',
          },
        });
      }),
      runs,
    );
  });

  it('without an open alert it is raised as decided', () => {
    expect(attach(undefined, blue, quiet)).toEqual({
      event: 'raised',
      colour: 'blue',
      tier: 'class',
      restart: { clock: 'blue', holder: 'homeroom_teacher' },
    });
    expect(attach(undefined, immediateOrange, serious)).toMatchObject({
      event: 'raised',
      restart: { clock: 'orange-immediate', holder: 'counsellor_on_duty' },
    });
  });

  it('an emergency on an acknowledged red alert calls the person on red duty again', () => {
    const open: OpenAlertState = { ...openOrange, colour: 'red', clock: 'red', acknowledged: true };
    expect(attach(open, red, emergency)).toMatchObject({
      event: 'fresh_emergency',
      restart: { clock: 'red', holder: 'red_duty' },
    });
  });

  it('a serious sign on an acknowledged orange alert starts the orange clock again', () => {
    expect(attach({ ...openOrange, acknowledged: true }, orange, serious)).toEqual({
      event: 'evidence_attached',
      colour: 'orange',
      tier: 'school',
      restart: { clock: 'orange', holder: 'counsellor_on_duty' },
    });
  });

  it('a serious sign marked immediate brings its own clock to an orange alert', () => {
    expect(attach(openOrange, immediateOrange, serious).restart).toEqual({
      clock: 'orange-immediate',
      holder: 'counsellor_on_duty',
    });
  });

  it('a serious sign on an acknowledged red alert starts an orange clock and leaves it red', () => {
    const open: OpenAlertState = { ...openOrange, colour: 'red', clock: 'red', acknowledged: true };
    const both = alertOf([factOf('SUI01'), factOf('MOO06')]);
    expect(attach(open, both, serious)).toEqual({
      event: 'evidence_attached',
      colour: 'red',
      tier: 'school',
      restart: { clock: 'orange', holder: 'counsellor_on_duty' },
    });
  });

  it('a serious sign leaves a red clock alone that still runs', () => {
    const open: OpenAlertState = { ...openOrange, colour: 'red', clock: 'red' };
    expect(attach(open, red, serious).restart).toBe(null);
  });

  it('a higher colour restarts the clock of that colour', () => {
    const open: OpenAlertState = {
      colour: 'blue',
      tier: 'class',
      clock: 'blue',
      acknowledged: true,
    };
    expect(attach(open, orange, serious)).toEqual({
      event: 'raised_higher',
      colour: 'orange',
      tier: 'school',
      restart: { clock: 'orange', holder: 'counsellor_on_duty' },
    });
  });

  it('a higher tier alone finds a new holder and keeps the clock of the colour', () => {
    const locked = alertOf([factOf('FAM02', { aboutWhom: 'family' })]);
    for (const acknowledged of [false, true]) {
      const open: OpenAlertState = {
        colour: 'yellow',
        tier: 'grade',
        clock: 'yellow',
        acknowledged,
      };
      expect(attach(open, locked, quiet)).toEqual({
        event: 'raised_higher',
        colour: 'yellow',
        tier: 'school',
        restart: { clock: 'yellow', holder: 'counsellor_on_duty' },
      });
    }
  });

  it('anything lighter is attached and restarts nothing', () => {
    expect(attach(openOrange, blue, quiet)).toEqual({
      event: 'evidence_attached',
      colour: 'orange',
      tier: 'school',
      restart: null,
    });
  });
});
