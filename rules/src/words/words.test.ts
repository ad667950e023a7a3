import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../alerts/decide.ts';
import { defaultPolicy } from '../alerts/default-policy.ts';
import type { LaterSteps } from '../alerts/policy.ts';
import { now, someFact } from '../testing/facts.ts';
import { autumnCalendar } from '../testing/autumn-calendar.ts';
import { indicators } from '../indicators.ts';
import * as vocabulary from '../vocabulary.ts';
import { en } from './en.ts';
import {
  describeCounterfactual,
  describeIndicator,
  describeReason,
  loadRulesWords,
} from './index.ts';
import type { RulesLocale, RulesWords } from './index.ts';
import { zhCn } from './zh-cn.ts';

const dictionaries: [RulesLocale, RulesWords][] = [
  ['zh-CN', zhCn],
  ['en', en],
];

/** Every path of a dictionary with what is there: the text, or that it is a function. */
function leavesOf(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'function') return [[path, `function of ${value.length}`]];
  if (typeof value !== 'object' || value === null) return [[path, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, `${path}/${key}`));
}

const allText = (words: RulesWords): string =>
  leavesOf(words)
    .map(([, text]) => text)
    .join('\n');

describe('the two languages', () => {
  it('have the same keys, lists of the same length, and functions of the same arguments', () => {
    const shape = (words: RulesWords) =>
      leavesOf(words).map(([path, text]) => [path, text.startsWith('function of') ? text : 'text']);
    expect(shape(en)).toEqual(shape(zhCn));
  });

  it('name the same phone numbers', () => {
    const numbers = (words: RulesWords) => words.emergency.numbers.map(({ number }) => number);
    expect(numbers(zhCn)).toEqual(['120', '110', '12356']);
    expect(numbers(en)).toEqual(numbers(zhCn));
  });

  it('are each loaded by their locale', async () => {
    expect(await loadRulesWords('zh-CN')).toBe(zhCn);
    expect(await loadRulesWords('en')).toBe(en);
  });

  it('are not mixed: no Chinese in the English, and Chinese in every Chinese line', () => {
    const chinese = /\p{Script=Han}/u;
    for (const [path, text] of leavesOf(en)) expect(text, path).not.toMatch(chinese);
    for (const [path, text] of leavesOf(zhCn))
      if (!text.startsWith('function of') && !path.endsWith('/number'))
        expect(text, path).toMatch(chinese);
  });
});

describe.each(dictionaries)('in %s', (locale, words) => {
  it.each([
    ['colours', vocabulary.colours],
    ['tiers', vocabulary.tiers],
    ['roles', vocabulary.roles],
    ['holders', vocabulary.holderKeys],
    ['domains', [...new Set(indicators.map(({ domain }) => domain))]],
    ['indicatorTiers', [...vocabulary.indicatorTiers, 'protective', 'coverage']],
    ['audiences', vocabulary.audiences],
    ['sourceKinds', vocabulary.sourceKinds],
    ['knownBy', vocabulary.knownByValues],
    ['sinceWhen', vocabulary.sinceWhenValues],
    ['howOften', vocabulary.howOftenValues],
    ['aboutWhom', vocabulary.aboutWhomValues],
    ['alertStatuses', vocabulary.alertStatuses],
    ['seats', vocabulary.seats],
    ['nextSteps', vocabulary.nextSteps],
    ['rules', vocabulary.ruleIds],
    ['clocks', vocabulary.clockKeys],
    ['laterSteps', ['withPupil', 'assess', 'team', 'guardian']],
    ['whatToDo', vocabulary.colours],
  ] as const)('%s has words for every value and for nothing else', (name, values) => {
    expect(Object.keys(words[name]).sort()).toEqual([...values].sort());
    for (const [path, text] of leavesOf(words[name])) expect(text.trim(), path).not.toBe('');
  });

  it('two values of one list never read the same', () => {
    for (const name of [
      'colours',
      'tiers',
      'roles',
      'domains',
      'seats',
      'nextSteps',
      'rules',
    ] as const) {
      const texts = Object.values(words[name]).map((value) => JSON.stringify(value));
      expect(new Set(texts).size, name).toBe(texts.length);
    }
  });

  it('each clock says the numbers of the policy', () => {
    for (const key of vocabulary.clockKeys) {
      const duration = defaultPolicy.acknowledge[key];
      expect(words.clocks[key]).toBe(words.howLong(duration));
      const inHours = (count: number) => String(count % 60 === 0 ? count / 60 : count);
      const numbers = {
        elapsed: () => ('minutes' in duration ? [inHours(duration.minutes)] : []),
        'school-days': () => ('days' in duration ? [String(duration.days)] : []),
        'school-hours-or-elapsed': () =>
          'schoolHours' in duration
            ? [String(duration.schoolHours), inHours(duration.minutes)]
            : [],
      }[duration.kind]();
      expect(words.clocks[key].match(/\d+/g)).toEqual(numbers);
    }
  });

  it('a clock that a school has changed is said with its own numbers', () => {
    expect(words.howLong({ kind: 'elapsed', minutes: 45 })).toMatch(/^\D*45\D*$/);
    expect(words.howLong({ kind: 'elapsed', minutes: 90 })).toMatch(/^\D*90\D*$/);
    expect(words.howLong({ kind: 'elapsed', minutes: 180 })).toMatch(/^\D*3\D*$/);
  });

  it('each later step says the numbers of the policy, and no other', () => {
    for (const steps of Object.values<LaterSteps>(defaultPolicy.laterSteps))
      for (const step of [steps.withPupil, steps.assess, steps.team, steps.guardian]) {
        if (!step) continue;
        const count = 'minutes' in step ? step.minutes : 'days' in step ? step.days : null;
        const said = count !== null && 'minutes' in step && count % 60 === 0 ? count / 60 : count;
        expect(words.due(step).match(/\d+/g), step.kind).toEqual(
          said === null ? null : [String(said)],
        );
        expect(words.due(step).trim()).not.toBe('');
      }
  });

  it('no line speaks of a problem pupil, of a diagnosis made, or of a level by number', () => {
    expect(allText(words)).not.toMatch(
      /问题学生|差生|患者|抑郁症|精神病|[一二三1-3]级|level \d|problem pupil/iu,
    );
  });

  it('a child is told to go to an adult, not to stay alone with it, and to keep away from danger', () => {
    const said = {
      'zh-CN': ['大人', '不要一个人', '不要靠近'],
      en: ['adult', 'not stay alone', 'not go near'],
    };
    const [goToAdult, notAlone, keepAway] = said[locale];
    expect(words.emergency.lines[0]).toContain(goToAdult);
    expect(words.emergency.lines[1]).toContain(notAlone);
    expect(words.emergency.lines[2]).toContain(keepAway);
  });

  it('a reason is said as its rule and its signs, and as nothing of who reported', () => {
    fc.assert(
      fc.property(fc.array(someFact(), { maxLength: 6 }), (facts) => {
        const decision = decide(facts, now, autumnCalendar);
        for (const reason of decision.outcome === 'alert' ? decision.reasons : []) {
          const signs = reason.codes.map((code) => describeIndicator(code, locale));
          expect(describeReason(words, reason, locale)).toBe(
            words.reason(words.rules[reason.rule], signs),
          );
        }
      }),
    );
  });

  it('a sign that has left the list is shown by its code', () => {
    expect(describeIndicator('XXX99', locale)).toBe('XXX99');
  });
});

describe('a reason', () => {
  it('is read as a person would say it', () => {
    const reason = { rule: 'R9', codes: ['ANX01', 'MOO02'] } as const;
    expect(describeReason(zhCn, reason, 'zh-CN')).toBe(
      '至少有一种需要关心的表现。留意到的表现：突然心慌、发抖、喘不过气；以前喜欢的事现在都不想做。',
    );
    expect(describeReason(en, reason, 'en')).toBe(
      'There is at least one sign that someone may need care. Signs noticed: panic-like attack; lost interest.',
    );
  });
});

describe('what would lower an alert', () => {
  const counterfactuals = [
    { withoutCodes: ['MOO06', 'SUI04'], colour: 'blue' },
    { withoutCodes: ['ANX01'], colour: null },
  ] as const;

  it('is read as a person would say it', () => {
    expect(counterfactuals.map((one) => describeCounterfactual(zhCn, one, 'zh-CN'))).toEqual([
      '这条预警会是蓝色，如果没有留意到：情绪崩溃，哭或抖得停不下来；说“不想活了”“死了就好了”“没有我你们会更好”。',
      '不会有这条预警，如果没有留意到：突然心慌、发抖、喘不过气。',
    ]);
    expect(counterfactuals.map((one) => describeCounterfactual(en, one, 'en'))).toEqual([
      'This alert would be blue without these signs: overwhelming distress; wishes to be dead, burden.',
      'There would be no alert without these signs: panic-like attack.',
    ]);
  });
});
