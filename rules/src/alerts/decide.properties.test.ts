import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { colours, holderKeys, tiers } from '../vocabulary.ts';
import { codesOf, factOf, freshDays, now, someFact } from '../testing/facts.ts';
import { autumnCalendar } from '../testing/autumn-calendar.ts';
import { decide } from './decide.ts';
import type { Decision, Fact } from './decision.ts';

const rank = (decision: Decision) =>
  decision.outcome === 'none'
    ? { colour: -1, tier: -1, counsellorOnly: 0, guardianLocked: 0 }
    : {
        colour: colours.indexOf(decision.colour),
        tier: tiers.indexOf(decision.tier),
        counsellorOnly: Number(decision.counsellorOnly),
        guardianLocked: Number(decision.guardianLocked),
      };

const someFacts = fc.array(someFact(), { maxLength: 8 });
const runs = { numRuns: 1000 };

describe('whatever is known about a pupil', () => {
  it('more evidence never lowers colour, tier, counsellor-only or the guardian lock', () => {
    fc.assert(
      fc.property(someFacts, someFacts, (before, more) => {
        const [less, all] = [
          rank(decide(before, now, autumnCalendar)),
          rank(decide([...before, ...more], now, autumnCalendar)),
        ];
        expect(all.colour).toBeGreaterThanOrEqual(less.colour);
        expect(all.tier).toBeGreaterThanOrEqual(less.tier);
        expect(all.counsellorOnly).toBeGreaterThanOrEqual(less.counsellorOnly);
        expect(all.guardianLocked).toBeGreaterThanOrEqual(less.guardianLocked);
      }),
      runs,
    );
  });

  it('order and duplicates change nothing', () => {
    const shuffledWithDuplicates = someFacts.chain((facts) =>
      fc.tuple(
        fc.constant(facts),
        fc.shuffledSubarray([...facts, ...facts], { minLength: facts.length * 2 }),
      ),
    );
    fc.assert(
      fc.property(shuffledWithDuplicates, ([facts, shuffled]) => {
        expect(decide(shuffled, now, autumnCalendar)).toEqual(decide(facts, now, autumnCalendar));
      }),
      runs,
    );
  });

  it('the order in which the fields of a fact were written changes nothing', () => {
    const backwards = (fact: Fact): Fact =>
      Object.fromEntries(Object.entries(fact).reverse()) as unknown as Fact;
    fc.assert(
      fc.property(someFacts, (facts) => {
        expect(decide(facts.map(backwards), now, autumnCalendar)).toEqual(
          decide(facts, now, autumnCalendar),
        );
      }),
      runs,
    );
  });

  it('an emergency sign from anyone, once, gives red at school tier', () => {
    const anEmergency = someFact({ codes: codesOf('emergency'), judgedBefore: [false] });
    fc.assert(
      fc.property(someFacts, anEmergency, (facts, emergency) => {
        expect(decide([...facts, emergency], now, autumnCalendar)).toMatchObject({
          outcome: 'alert',
          colour: 'red',
          tier: 'school',
          clock: 'red',
        });
      }),
      runs,
    );
  });

  it('every non-empty set of fresh signs from concern upwards gives an alert with a holder', () => {
    const fresh = someFact({
      codes: codesOf('concern', 'serious', 'emergency'),
      observedOn: freshDays,
      judgedBefore: [false],
    });
    fc.assert(
      fc.property(fc.array(fresh, { minLength: 1, maxLength: 6 }), someFacts, (facts, others) => {
        const decision = decide([...facts, ...others], now, autumnCalendar);
        expect(decision.outcome).toBe('alert');
        if (decision.outcome === 'alert') expect(holderKeys).toContain(decision.holder);
      }),
      runs,
    );
  });

  it('signs below concern give blue at most, but for sleep in two rounds and three days of absence; protective ones and "I do not know" nothing', () => {
    const light = someFact({ codes: codesOf('observe', 'protective', 'coverage') });
    const nothing = someFact({ codes: codesOf('protective', 'coverage') }).map((fact) => ({
      ...fact,
      aboutWhom: null,
    }));
    fc.assert(
      fc.property(fc.array(light, { maxLength: 12 }), fc.array(nothing), (facts, others) => {
        const decision = decide(facts, now, autumnCalendar);
        const notBlue =
          decision.outcome === 'none'
            ? []
            : decision.reasons.filter(({ colour }) => colour !== 'blue');
        // R0 makes a concern of both, and two people may have seen them.
        for (const { rule, codes } of notBlue) {
          expect(rule).toBe('R4');
          expect(['HEA01', 'LEA02']).toEqual(expect.arrayContaining([...codes]));
        }
        expect(decide(others, now, autumnCalendar).outcome).toBe('none');
        expect(decide([...facts, ...others], now, autumnCalendar)).toEqual(decision);
      }),
      runs,
    );
  });

  it('what arrived after the moment asked about does not count', () => {
    const later = fc.array(someFact({ receivedAt: ['2026-11-24T04:00:00.001Z'] }), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(someFacts, later, (facts, future) => {
        expect(decide([...future, ...facts], now, autumnCalendar)).toEqual(
          decide(facts, now, autumnCalendar),
        );
      }),
      runs,
    );
  });

  it('what is said to lower the decision lowers it exactly so', () => {
    fc.assert(
      fc.property(someFacts, (facts) => {
        const decision = decide(facts, now, autumnCalendar);
        if (decision.outcome === 'none') return;
        for (const { withoutCodes, colour } of decision.whatWouldLower) {
          const then = decide(
            facts.filter((fact) => !withoutCodes.includes(fact.code)),
            now,
            autumnCalendar,
          );
          expect(then.outcome === 'none' ? null : then.colour).toBe(colour);
          expect(rank(then).colour).toBeLessThan(rank(decision).colour);
        }
      }),
      runs,
    );
  });

  it('there is always something that would lower it', () => {
    fc.assert(
      fc.property(someFacts, (facts) => {
        const decision = decide(facts, now, autumnCalendar);
        if (decision.outcome === 'alert')
          expect(decision.whatWouldLower.length).toBeGreaterThanOrEqual(1);
      }),
      runs,
    );
  });

  it('about school staff it is the counsellor who holds it, and only counsellors are told', () => {
    fc.assert(
      fc.property(someFacts, fc.constantFrom(...codesOf('concern', 'emergency')), (facts, code) => {
        const decision = decide(
          [...facts, factOf(code, { aboutWhom: 'school_staff' })],
          now,
          autumnCalendar,
        );
        expect(decision).toMatchObject({ holder: 'counsellor_on_duty', counsellorOnly: true });
        const told = decision.outcome === 'alert' ? decision.informed : ['nobody was asked'];
        expect(told.filter((role) => role !== 'counsellor' && role !== 'lead_counsellor')).toEqual(
          [],
        );
      }),
      runs,
    );
  });
});
