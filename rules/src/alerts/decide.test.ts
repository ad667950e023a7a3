import { describe, expect, it } from 'vitest';
import { UnknownIndicatorError, indicators } from '../indicators.ts';
import type { Indicator } from '../indicators.ts';
import { aboutWhomValues } from '../vocabulary.ts';
import type { AboutWhom, IndicatorCode } from '../vocabulary.ts';
import { factOf, now } from '../testing/facts.ts';
import { autumnCalendar } from '../testing/autumn-calendar.ts';
import { decide } from './decide.ts';
import type { AlertDecision, Fact } from './decision.ts';

function alertOf(...facts: readonly Fact[]): AlertDecision {
  const decision = decide(facts, now, autumnCalendar);
  if (decision.outcome === 'none') throw new Error('these facts give no alert');
  return decision;
}

const none = { outcome: 'none', policyVersion: 'default-4' };
const everyAboutWhom: readonly (AboutWhom | null)[] = [null, ...aboutWhomValues];

interface Expected {
  readonly colour: string;
  readonly tier: string;
  readonly clock: string;
  readonly holder: string;
  readonly rules: readonly string[];
}
const expectedByTier: Record<string, Expected | null> = {
  emergency: {
    colour: 'red',
    tier: 'school',
    clock: 'red',
    holder: 'red_duty',
    rules: ['R1', 'R9'],
  },
  'serious, immediate': {
    colour: 'orange',
    tier: 'school',
    clock: 'orange-immediate',
    holder: 'counsellor_on_duty',
    rules: ['R2', 'R9'],
  },
  serious: {
    colour: 'orange',
    tier: 'school',
    clock: 'orange',
    holder: 'counsellor_on_duty',
    rules: ['R3', 'R9'],
  },
  concern: {
    colour: 'blue',
    tier: 'class',
    clock: 'blue',
    holder: 'homeroom_teacher',
    rules: ['R9'],
  },
  observe: null,
  protective: null,
  coverage: null,
};
const abuse: readonly IndicatorCode[] = ['ABU01', 'ABU02', 'ABU03', 'ABU04', 'ABU05', 'FAM02'];

function expectedOf({ code, tier, immediate }: Indicator, aboutWhom: AboutWhom | null) {
  const base = expectedByTier[tier === 'serious' && immediate ? 'serious, immediate' : tier];
  if (base === undefined) throw new Error(`the table does not know the tier of ${code}`);
  if (base === null) return none;
  const { rules, ...rest } = base;
  const staff = aboutWhom === 'school_staff';
  const locked =
    abuse.includes(code) && (aboutWhom === null || ['family', 'unknown'].includes(aboutWhom));
  const byCounsellor = staff || (locked && rest.colour !== 'red');
  return {
    outcome: 'alert',
    ...rest,
    tier: staff || locked ? 'school' : rest.tier,
    holder: byCounsellor ? 'counsellor_on_duty' : rest.holder,
    counsellorOnly: staff,
    guardianLocked: locked,
    reasons: rules.map((rule) => ({ rule, codes: [code] })),
  };
}

describe('one sign alone, about whomever', () => {
  it.each(indicators)('$code ($tier) is judged as its row in the list says', (indicator) => {
    for (const aboutWhom of everyAboutWhom) {
      const decision = decide([factOf(indicator.code, { aboutWhom })], now, autumnCalendar);
      expect(decision, `about ${aboutWhom}`).toMatchObject(expectedOf(indicator, aboutWhom));
    }
  });
});

describe('how long a sign may have waited', () => {
  const arrivedAfter = (days: number, code: IndicatorCode) =>
    factOf(code, {
      observedOn: '2026-09-01',
      receivedAt: new Date(
        Date.parse('2026-09-01T06:00:00.000Z') + days * 86_400_000,
      ).toISOString(),
    });

  it('a concern starts an alert when it arrived on the 60th day, and no more on the 61st', () => {
    expect(decide([arrivedAfter(60, 'ANX01')], now, autumnCalendar)).toMatchObject({
      colour: 'blue',
    });
    expect(decide([arrivedAfter(61, 'ANX01')], now, autumnCalendar)).toEqual(none);
  });

  it.each(['MOO06', 'SUI04'] as const)('serious %s counts on the 60th day and after it', (code) => {
    expect(decide([arrivedAfter(60, code)], now, autumnCalendar)).toMatchObject({
      colour: 'orange',
    });
    expect(decide([arrivedAfter(61, code)], now, autumnCalendar)).toMatchObject({
      colour: 'orange',
    });
  });

  it('an emergency counts whatever its age', () => {
    const fact = factOf('SUI01', { observedOn: '2020-01-01' });
    expect(decide([fact], now, autumnCalendar)).toMatchObject({ colour: 'red' });
  });

  it('what counts is how late it arrived, not how long ago that is by now', () => {
    const fact = factOf('ANX01', {
      observedOn: '2026-03-02',
      receivedAt: '2026-03-03T01:00:00.000Z',
    });
    expect(decide([fact], now, autumnCalendar)).toMatchObject({ colour: 'blue' });
  });

  it('a concern that came too late is evidence beside one that starts an alert, and still locks', () => {
    const late = { ...arrivedAfter(61, 'FAM02'), aboutWhom: 'family' } as const;
    expect(decide([late], now, autumnCalendar)).toEqual(none);
    expect(decide([late, factOf('ANX01')], now, autumnCalendar)).toMatchObject({
      colour: 'blue',
      tier: 'school',
      holder: 'counsellor_on_duty',
      guardianLocked: true,
      reasons: [{ rule: 'R9', codes: ['ANX01', 'FAM02'] }],
    });
  });

  it('a date that cannot be read gives an alert too many rather than one too few', () => {
    expect(
      decide([factOf('ANX01', { observedOn: 'last week' })], now, autumnCalendar),
    ).toMatchObject({
      colour: 'blue',
    });
    expect(decide([factOf('ANX01', { receivedAt: '' })], now, autumnCalendar)).toMatchObject({
      colour: 'blue',
    });
  });

  it('a sign counts from the instant at which it arrived', () => {
    const fact = factOf('SUI01', { receivedAt: now });
    expect(decide([fact], now, autumnCalendar)).toMatchObject({ colour: 'red' });
    expect(decide([fact], '2026-11-24T03:59:59.999Z', autumnCalendar)).toEqual(none);
  });
});

describe('several signs together', () => {
  it('every rule that fired is listed, the strongest first, with what it stood on', () => {
    const decision = alertOf(
      factOf('ANX01', { observationId: 'b', sourceKind: 'staff', observedOn: '2026-11-20' }),
      factOf('SUI04', { observationId: 'a', observedOn: '2026-11-21' }),
      factOf('MOO06', { observationId: 'a', observedOn: '2026-11-21' }),
    );
    const ofAll = {
      codes: ['ANX01', 'MOO06', 'SUI04'],
      dates: ['2026-11-20', '2026-11-21'],
      observationIds: ['a', 'b'],
      sourceKinds: ['peer', 'staff'],
      immediate: true,
    };
    expect(decision.reasons).toEqual([
      {
        rule: 'R2',
        colour: 'orange',
        tier: 'school',
        codes: ['SUI04'],
        dates: ['2026-11-21'],
        observationIds: ['a'],
        sourceKinds: ['peer'],
        immediate: true,
      },
      {
        rule: 'R3',
        colour: 'orange',
        tier: 'school',
        codes: ['MOO06'],
        dates: ['2026-11-21'],
        observationIds: ['a'],
        sourceKinds: ['peer'],
        immediate: false,
      },
      { rule: 'R4', colour: 'yellow', tier: 'grade', ...ofAll },
      { rule: 'R5', colour: 'yellow', tier: 'grade', ...ofAll },
      { rule: 'R9', colour: 'blue', tier: 'class', ...ofAll },
    ]);
  });

  it('of the two orange clocks the shorter one runs', () => {
    expect(alertOf(factOf('MOO06'), factOf('SUI04')).clock).toBe('orange-immediate');
    expect(alertOf(factOf('MOO06'), factOf('ABU03')).clock).toBe('orange');
  });

  it('says who is told by clock', () => {
    expect(alertOf(factOf('SUI01')).informed).toEqual([
      'counsellor',
      'grade_head',
      'school_leader',
    ]);
    expect(alertOf(factOf('SUI04')).informed).toEqual(['lead_counsellor', 'grade_head']);
    expect(alertOf(factOf('MOO06')).informed).toEqual(['grade_head']);
    expect(alertOf(factOf('ANX01')).informed).toEqual(['mentor']);
  });

  it('asks for a mandatory report as soon as one sign is of its situations', () => {
    expect(alertOf(factOf('ANX01'), factOf('ABU01')).mandatoryReport).toBe(true);
    expect(alertOf(factOf('ANX01'), factOf('SUI01')).mandatoryReport).toBe(false);
    // Situation 9 "if an intimate image": only a person can say.
    expect(alertOf(factOf('BUL03')).mandatoryReport).toBe(false);
  });

  it('names what would lower it: each sign that alone would, and all of the strongest together', () => {
    expect(alertOf(factOf('SUI01'), factOf('ANX01')).whatWouldLower).toEqual([
      { withoutCodes: ['SUI01'], colour: 'blue' },
    ]);
    expect(alertOf(factOf('SUI04'), factOf('MOO06')).whatWouldLower).toEqual([
      { withoutCodes: ['MOO06', 'SUI04'], colour: null },
    ]);
  });

  it('a corrected version takes nothing away that the first one raised, hid or locked', () => {
    const first = factOf('ABU01', { aboutWhom: 'family' });
    const corrected = { ...first, aboutWhom: 'classmate' } as const;
    expect(alertOf(first, corrected).guardianLocked).toBe(true);
    expect(alertOf(corrected).guardianLocked).toBe(false);
  });

  it('"very worried" alone is serious and immediate', () => {
    expect(alertOf(factOf('WOR01'))).toMatchObject({
      colour: 'orange',
      tier: 'school',
      clock: 'orange-immediate',
    });
  });

  it('a code that is not in the list is refused, not read as nothing', () => {
    const unknown = { ...factOf('ANX01'), code: 'XXX99' as IndicatorCode };
    expect(() => decide([unknown], now, autumnCalendar)).toThrow(UnknownIndicatorError);
  });
});
