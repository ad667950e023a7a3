import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { autumnCalendar } from '../testing/autumn-calendar.ts';
import { factOf, now, someFact } from '../testing/facts.ts';
import type { IndicatorCode } from '../vocabulary.ts';
import { decide } from './decide.ts';
import type { Fact } from './decision.ts';

const judged = (code: IndicatorCode, rest: Partial<Fact> = {}): Fact =>
  factOf(code, { judgedBefore: true, ...rest });
const outcomeOf = (...facts: readonly Fact[]) => {
  const decision = decide(facts, now, autumnCalendar);
  return decision.outcome === 'none'
    ? 'none'
    : `${decision.colour}: ${decision.reasons.map(({ rule, codes }) => `${rule} ${codes.join('+')}`).join(', ')}`;
};

describe('evidence judged in a closed alert', () => {
  it('starts nothing by itself, and nothing beside a sign that starts nothing either', () => {
    expect(outcomeOf(judged('SUI01'), judged('ANX01'))).toBe('none');
    expect(outcomeOf(judged('SUI01'), factOf('LEA01'))).toBe('none');
    expect(outcomeOf(judged('ANX01'), factOf('MOO01', { observedOn: '2026-01-05' }))).toBe('none');
  });

  it('counts again beside something new, and the new one sets the colour', () => {
    expect(outcomeOf(judged('SUI01'), factOf('ANX01'))).toBe('blue: R9 ANX01+SUI01');
    expect(outcomeOf(judged('MOO01'), factOf('ANX01', { reporter: 'reporter-2' }))).toBe(
      'yellow: R4 ANX01+MOO01, R9 ANX01+MOO01',
    );
    expect(outcomeOf(judged('SUI01'), factOf('SUI02'))).toMatch(/^red: R1 SUI01\+SUI02/);
  });

  it('counts as new where something new makes it weightier', () => {
    expect(outcomeOf(judged('FAM01'), factOf('SUI07'))).toMatch(/^orange: .*R3 FAM01/);
    expect(outcomeOf(judged('FAM01'), judged('SUI07'))).toBe('none');
  });

  it('asks for a mandatory report again only by a new sign', () => {
    const once = decide([judged('ABU01'), factOf('ANX01')], now, autumnCalendar);
    expect(once).toMatchObject({ outcome: 'alert', mandatoryReport: false, guardianLocked: true });
    const again = decide([judged('ABU01'), factOf('ABU02')], now, autumnCalendar);
    expect(again).toMatchObject({ outcome: 'alert', mandatoryReport: true });
  });

  it('never gives an alert without a new sign, whatever was judged', () => {
    const before = fc.array(someFact({ judgedBefore: [true] }), { maxLength: 8 });
    fc.assert(
      fc.property(before, (facts) => {
        expect(decide(facts, now, autumnCalendar).outcome).toBe('none');
      }),
      { numRuns: 500 },
    );
  });
});

describe('what the form asks beside a sign', () => {
  it('an intimate image calls at once and must be reported', () => {
    expect(decide([factOf('BUL03')], now, autumnCalendar)).toMatchObject({
      clock: 'orange',
      mandatoryReport: false,
    });
    expect(decide([factOf('BUL03', { conditionMet: true })], now, autumnCalendar)).toMatchObject({
      clock: 'orange-immediate',
      mandatoryReport: true,
    });
  });

  it('a voice that tells to hurt someone calls at once', () => {
    expect(decide([factOf('PSY01')], now, autumnCalendar)).toMatchObject({ clock: 'orange' });
    expect(decide([factOf('PSY01', { conditionMet: true })], now, autumnCalendar)).toMatchObject({
      clock: 'orange-immediate',
    });
  });

  it('three school days without leave are a concern, fewer are observed', () => {
    expect(outcomeOf(factOf('LEA02'))).toBe('none');
    expect(outcomeOf(factOf('LEA02', { conditionMet: true }))).toBe('blue: R9 LEA02');
  });

  it('a tick changes no other sign, and is no news once it was judged', () => {
    expect(outcomeOf(factOf('LEA01', { conditionMet: true }))).toBe('none');
    expect(outcomeOf(judged('LEA02', { conditionMet: true }), factOf('LEA01'))).toBe('none');
  });
});
