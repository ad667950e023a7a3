import { describe, expect, it } from 'vitest';
import { factOf, now } from '../testing/facts.ts';
import { autumnCalendar } from '../testing/autumn-calendar.ts';
import { addDays } from '../clocks/dates.ts';
import type { IndicatorCode } from '../vocabulary.ts';
import { decide } from './decide.ts';
import { defaultPolicy } from './default-policy.ts';
import type { Fact } from './decision.ts';
import { newsIn } from './news.ts';

let observations = 0;
/** A sign of an observation of its own, that reached the school on the next day. */
const seen = (code: IndicatorCode, observedOn: string, rest: Partial<Fact> = {}): Fact =>
  factOf(code, {
    observationId: `o${(observations += 1)}`,
    observedOn,
    receivedAt: `${addDays(observedOn, 1)}T02:00:00.000Z`,
    ...rest,
  });
const by = (reporter: string, rest: Partial<Fact> = {}): Partial<Fact> => ({ reporter, ...rest });

function rulesOf(...facts: readonly Fact[]): string[] {
  const decision = decide(facts, now, autumnCalendar);
  return decision.outcome === 'none' ? [] : decision.reasons.map(({ rule }) => rule);
}
function outcomeOf(...facts: readonly Fact[]) {
  const decision = decide(facts, now, autumnCalendar);
  return decision.outcome === 'none'
    ? 'none'
    : `${decision.colour} ${decision.tier} ${decision.clock} ${decision.holder}`;
}
const yellow = 'yellow grade yellow grade_head';
const blue = 'blue class blue homeroom_teacher';
const orange = 'orange school orange counsellor_on_duty';

describe('R4: several reporters, or several concerns of one', () => {
  // 30 September and 4 November are in rounds that are not consecutive: only the days count.
  it.each([
    ['the same sign on the 35th day', 'MOO01', '2026-11-04', yellow],
    ['another sign on the 35th day', 'ANX01', '2026-11-04', yellow],
    ['the same sign on the 36th day', 'MOO01', '2026-11-05', blue],
  ] as const)('a second reporter with %s', (_, code, on, expected) => {
    const first = seen('MOO01', '2026-09-30', by('a'));
    expect(outcomeOf(first, seen(code, on, by('b')))).toBe(expected);
  });

  it('two consecutive rounds are enough, however many days; the third is not', () => {
    const first = seen('MOO01', '2026-09-01', by('a'));
    expect(outcomeOf(first, seen('MOO01', '2026-10-31', by('b')))).toBe(yellow);
    expect(outcomeOf(first, seen('MOO01', '2026-11-01', by('b')))).toBe(blue);
  });

  it('wherever in the history the two lie, and never years apart', () => {
    const old = seen('EAT01', '2022-11-02', by('a'));
    // Rounds that are not consecutive: 35 days are what counts.
    const two = [seen('MOO01', '2026-09-30', by('a')), seen('MOO01', '2026-11-04', by('b'))];
    expect(outcomeOf(old, ...two)).toBe(yellow);
    const later = seen('MOO01', '2026-11-04', by('b'));
    expect(outcomeOf(old, later)).toBe(blue);
    const terms = [{ startsOn: '2022-09-01', endsOn: '2023-01-20' }, ...autumnCalendar.terms];
    expect(decide([old, later], now, { ...autumnCalendar, terms })).toMatchObject({
      colour: 'blue',
    });
  });

  it('the same person twice is one reporter', () => {
    expect(
      outcomeOf(seen('MOO01', '2026-11-02', by('a')), seen('MOO01', '2026-11-03', by('a'))),
    ).toBe(blue);
  });

  it.each([
    ['seen', yellow],
    ['told_by_pupil', yellow],
    ['told_by_others', blue],
  ] as const)('a second reporter who has it "%s"', (knownBy, expected) => {
    const second = seen('MOO01', '2026-11-03', by('b', { knownBy }));
    const first = seen('MOO01', '2026-11-02', by('a'));
    expect(outcomeOf(first, second)).toBe(expected);
    expect(outcomeOf({ ...first, knownBy }, { ...second, knownBy: 'seen' })).toBe(expected);
  });

  it('an observe sign of a second reporter is no concern', () => {
    expect(
      outcomeOf(seen('MOO01', '2026-11-02', by('a')), seen('LEA01', '2026-11-03', by('b'))),
    ).toBe(blue);
  });

  it('three different concerns of one reporter, and not two, and not one thrice', () => {
    const three = ['MOO01', 'MOO02', 'MOO03'] as const;
    const on = '2026-11-02';
    expect(outcomeOf(...three.map((code) => seen(code, on)))).toBe(yellow);
    expect(outcomeOf(...three.slice(1).map((code) => seen(code, on)))).toBe(blue);
    expect(outcomeOf(...three.map(() => seen('MOO01', on)))).toBe(blue);
    // Told by others: still three things that somebody thought worth telling.
    expect(outcomeOf(...three.map((code) => seen(code, on, { knownBy: 'told_by_others' })))).toBe(
      yellow,
    );
  });

  it('what reached the school too late starts nothing, and counts beside what did not', () => {
    const late = { receivedAt: '2026-11-23T02:00:00.000Z' };
    const first = seen('MOO01', '2026-09-10', by('a', late));
    const second = seen('ANX01', '2026-09-20', by('b', late));
    expect(outcomeOf(first, second)).toBe('none');
    expect(outcomeOf(first, { ...second, receivedAt: '2026-09-21T02:00:00.000Z' })).toBe(yellow);
  });

  it('says what it stood on: the signs, never who reported them', () => {
    const decision = decide(
      [seen('MOO01', '2026-11-02', by('a')), seen('ANX01', '2026-11-03', by('b'))],
      now,
      autumnCalendar,
    );
    expect(decision).toMatchObject({
      reasons: [{ rule: 'R4', codes: ['ANX01', 'MOO01'] }, { rule: 'R9' }],
      whatWouldLower: [
        { withoutCodes: ['ANX01'], colour: 'blue' },
        { withoutCodes: ['MOO01'], colour: 'blue' },
        { withoutCodes: ['ANX01', 'MOO01'], colour: null },
      ],
    });
    expect(JSON.stringify(decision)).not.toContain('"a"');
  });
});

describe('R5: concerns in several domains', () => {
  // Of one reporter each day, two rounds apart at most by two: R4 has nothing to say but for its three concerns of one.
  const three = (third: string, code: IndicatorCode = 'ANX01') => [
    seen('MOO01', '2026-09-01', by('a')),
    seen('SOC01', '2026-09-02', by('a')),
    seen(code, third, by('b', { knownBy: 'told_by_others' })),
  ];

  it('the third domain on the 60th day, and no more on the 61st', () => {
    expect(rulesOf(...three('2026-10-31'))).toContain('R5');
    expect(outcomeOf(...three('2026-10-31'))).toBe(yellow);
    expect(rulesOf(...three('2026-11-01'))).not.toContain('R5');
    expect(outcomeOf(...three('2026-11-01'))).toBe(blue);
  });

  it('a third sign of a domain that is there already is no third domain', () => {
    expect(rulesOf(...three('2026-10-31', 'SOC02'))).not.toContain('R5');
  });
});

describe('R6: observe signs again', () => {
  it.each([
    ['2026-10-31', blue],
    ['2026-11-30', 'none'],
  ])('the same sign in September and on %s', (on, expected) => {
    const facts = [seen('LEA01', '2026-09-01'), seen('LEA01', on, { receivedAt: now })];
    expect(outcomeOf(...facts)).toBe(expected);
  });

  it('the same sign twice in one round is not two rounds', () => {
    expect(outcomeOf(seen('LEA01', '2026-11-02'), seen('LEA01', '2026-11-20'))).toBe('none');
  });

  it('June and September are neighbours: July and August are no rounds', () => {
    const year = {
      ...autumnCalendar,
      terms: [
        { startsOn: '2026-03-02', endsOn: '2026-07-03' },
        { startsOn: '2026-09-01', endsOn: '2027-01-22' },
      ],
    };
    const facts = (second: string) => [seen('LEA01', '2026-06-30'), seen('LEA01', second)];
    expect(decide(facts('2026-09-01'), now, year)).toMatchObject({ colour: 'blue' });
    expect(decide(facts('2026-10-01'), now, year)).toMatchObject({ outcome: 'none' });
    // What was seen while there was no school is in no round, not even in the one before it.
    expect(decide(facts('2026-07-20'), now, year)).toMatchObject({ outcome: 'none' });
    const concerns = (second: string) => [
      seen('MOO01', '2026-06-01', by('a')),
      seen('MOO01', second, by('b')),
    ];
    expect(decide(concerns('2026-07-20'), now, year)).toMatchObject({ colour: 'blue' });
    expect(decide(concerns('2026-09-20'), now, year)).toMatchObject({ colour: 'yellow' });
  });

  it('December and January are neighbours', () => {
    const winter = {
      ...autumnCalendar,
      terms: [{ startsOn: '2025-09-01', endsOn: '2026-01-23' }],
    };
    const facts = [seen('LEA01', '2025-12-20'), seen('LEA01', '2026-01-10')];
    expect(decide(facts, now, winter)).toMatchObject({ colour: 'blue' });
  });

  it('past the last term that anybody entered the months are rounds', () => {
    const old = { ...autumnCalendar, terms: [{ startsOn: '2026-03-02', endsOn: '2026-07-03' }] };
    const facts = [seen('LEA01', '2026-10-20'), seen('LEA01', '2026-11-10')];
    expect(decide(facts, now, old)).toMatchObject({ colour: 'blue' });
  });

  it('three different ones in one round, and not two, and not in two rounds', () => {
    expect(
      outcomeOf(...(['LEA01', 'MOO05', 'ANX03'] as const).map((code) => seen(code, '2026-11-02'))),
    ).toBe(blue);
    expect(
      outcomeOf(...(['LEA01', 'MOO05'] as const).map((code) => seen(code, '2026-11-02'))),
    ).toBe('none');
    expect(
      outcomeOf(
        seen('LEA01', '2026-10-30'),
        seen('MOO05', '2026-11-02'),
        seen('ANX03', '2026-11-02'),
      ),
    ).toBe('none');
  });
});

describe('R7: an acute event', () => {
  it.each(['FAM01', 'FAM03'] as const)(
    '%s lifts blue to yellow when mood or friendships show it within 30 days, and not on the 31st',
    (event) => {
      expect(
        outcomeOf(seen(event, '2026-10-01'), seen('MOO01', '2026-10-31', by('reporter-1'))),
      ).toBe(yellow);
      expect(outcomeOf(seen(event, '2026-10-31'), seen('SOC01', '2026-10-01'))).toBe(yellow);
      expect(rulesOf(seen(event, '2026-10-01'), seen('MOO01', '2026-11-01'))).toEqual(['R9']);
    },
  );

  it('lifts yellow to orange, and orange to nothing', () => {
    const event = seen('FAM01', '2026-11-02', by('a'));
    const mood = seen('MOO01', '2026-11-03', by('b'));
    expect(outcomeOf(event, mood)).toBe(orange);
    expect(outcomeOf(event, mood, seen('SUI04', '2026-11-03'))).toMatch(/^orange school/);
    expect(outcomeOf(event, mood, seen('SUI01', '2026-11-03'))).toMatch(/^red school/);
  });

  it('neither another sign beside the event, nor mood without an event, lifts anything', () => {
    expect(outcomeOf(seen('FAM01', '2026-11-02'), seen('EAT01', '2026-11-03'))).toBe(blue);
    expect(
      outcomeOf(
        seen('FAM02', '2026-11-02', { aboutWhom: 'classmate' }),
        seen('MOO01', '2026-11-03'),
      ),
    ).toBe(blue);
    expect(outcomeOf(seen('FAM01', '2026-11-02'), seen('MOO05', '2026-11-03'))).toBe(blue);
  });
});

it('the tier is never below the one of the colour, whatever a rule gives', () => {
  const policy = {
    ...defaultPolicy,
    leastTier: { ...defaultPolicy.leastTier, blue: 'grade' },
  } as const;
  const decision = decide([seen('ANX01', '2026-11-02')], now, autumnCalendar, policy);
  expect(decision).toMatchObject({ colour: 'blue', tier: 'grade' });
});

describe('R0: tiers that depend on what is beside', () => {
  it('sudden calm counts for nothing alone, and as an observe sign beside another one', () => {
    const calm = seen('SUI12', '2026-11-02');
    expect(outcomeOf(calm, seen('SUI12', '2026-10-20'))).toBe('none');
    const two = [seen('LEA01', '2026-11-03'), seen('MOO05', '2026-11-03')];
    expect(outcomeOf(...two)).toBe('none');
    expect(outcomeOf(...two, calm)).toBe(blue);
  });

  it('"clearly better lately" and "I do not know" are no company for calm', () => {
    const two = [seen('SUI12', '2026-10-20'), seen('SUI12', '2026-11-02')];
    expect(outcomeOf(...two, seen('POS01', '2026-11-02'), seen('UNK00', '2026-11-02'))).toBe(
      'none',
    );
    expect(outcomeOf(...two, seen('LEA01', '2026-11-02'))).toBe(blue);
  });

  it('a breakdown makes grief serious, and not humiliation', () => {
    const codesOfR3 = (event: IndicatorCode) => {
      const decision = decide(
        [seen(event, '2026-11-02'), seen('MOO06', '2026-11-03')],
        now,
        autumnCalendar,
      );
      return decision.outcome === 'alert'
        ? decision.reasons.find(({ rule }) => rule === 'R3')?.codes
        : undefined;
    };
    expect(codesOfR3('FAM01')).toEqual(['FAM01', 'MOO06']);
    expect(codesOfR3('FAM03')).toEqual(['MOO06']);
  });

  it('calm is alone when the other sign is more than 60 days away', () => {
    const calm = [seen('SUI12', '2026-09-01'), seen('SUI12', '2026-10-31')];
    // Of two calm signs in consecutive rounds both must count.
    expect(outcomeOf(...calm, seen('LEA01', '2026-09-30'))).toBe(blue);
    expect(
      outcomeOf(
        seen('SUI12', '2026-09-01'),
        seen('SUI12', '2026-10-05'),
        seen('LEA01', '2026-12-04', { receivedAt: now }),
      ),
    ).toBe('none');
    expect(
      outcomeOf(
        seen('SUI12', '2026-10-02'),
        seen('SUI12', '2026-11-05'),
        seen('LEA01', '2026-12-01', { receivedAt: now }),
      ),
    ).toBe(blue);
  });

  it('sleep that changed in two consecutive rounds is a concern, in one round it is none', () => {
    expect(outcomeOf(seen('HEA01', '2026-10-30'), seen('HEA01', '2026-11-02'))).toBe(blue);
    expect(rulesOf(seen('HEA01', '2026-10-30'), seen('HEA01', '2026-11-02'))).toEqual(['R6', 'R9']);
    expect(outcomeOf(seen('HEA01', '2026-11-02'), seen('HEA01', '2026-11-20'))).toBe('none');
  });

  it.each([
    ['FAM01', 'SUI10', orange],
    ['FAM01', 'MOO06', orange],
    ['FAM03', 'SUI10', orange],
    ['FAM02', 'SUI10', blue],
  ] as const)('%s beside %s', (event, beside, expected) => {
    const first = seen(event, '2026-10-01', { aboutWhom: 'classmate' });
    expect(outcomeOf(first, seen(beside, '2026-10-31'))).toBe(expected);
  });

  it('on the 30th day and not on the 31st', () => {
    expect(rulesOf(seen('FAM01', '2026-10-01'), seen('SUI10', '2026-10-31'))).toContain('R3');
    expect(rulesOf(seen('FAM01', '2026-10-01'), seen('SUI10', '2026-11-01'))).toEqual(['R9']);
    expect(rulesOf(seen('FAM01', '2026-11-01'), seen('SUI10', '2026-10-01'))).toEqual(['R9']);
    expect(rulesOf(seen('FAM03', '2026-10-01'), seen('MOO06', '2026-10-02'))).toContain('R7');
  });

  it('grief that a sign of self-harm makes serious counts whatever its age', () => {
    const late = { receivedAt: '2026-11-23T02:00:00.000Z' };
    expect(outcomeOf(seen('FAM01', '2026-08-01', late), seen('SUI10', '2026-08-02', late))).toBe(
      orange,
    );
    expect(outcomeOf(seen('FAM01', '2026-08-01', late))).toBe('none');
  });
});

describe('how weighty the news is', () => {
  const grief = seen('FAM01', '2026-11-02');
  const arms = seen('SUI10', '2026-11-03');
  const weightOf = (fact: Fact, ...others: readonly Fact[]) =>
    newsIn([fact, ...others], (one) => one === fact, autumnCalendar);

  it('is the weight of what arrived', () => {
    expect(weightOf(arms)).toEqual({ emergency: false, serious: false });
    expect(weightOf(seen('SUI04', '2026-11-03'), grief)).toEqual({
      emergency: false,
      serious: true,
    });
    expect(weightOf(seen('SUI01', '2026-11-03'))).toEqual({ emergency: true, serious: false });
  });

  it('and of what was known and weighs more now, but not of what weighed so before', () => {
    expect(weightOf(arms, grief)).toEqual({ emergency: false, serious: true });
    expect(weightOf(grief, arms)).toEqual({ emergency: false, serious: true });
    const again = seen('ANX01', '2026-11-04');
    expect(weightOf(again, arms, grief)).toEqual({ emergency: false, serious: false });
  });

  it('a code that is not in the list weighs nothing', () => {
    const unknown = { ...grief, code: 'XXX99' as IndicatorCode };
    expect(weightOf(unknown, arms)).toEqual({ emergency: false, serious: false });
  });
});
