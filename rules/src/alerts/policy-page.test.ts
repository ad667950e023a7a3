import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { indicators } from '../indicators.ts';
import { defaultPolicy } from './default-policy.ts';
import type { ConditionalTier, Policy, PolicyRule, TierRule } from './policy.ts';

const page = await readFile(new URL('../../POLICY.md', import.meta.url), 'utf8');
const sourcesPage = await readFile(new URL('../../data/SOURCES.md', import.meta.url), 'utf8');

/** Rows of the page whose first cell is a path of the policy. */
const rows = page.split('\n').flatMap((line) => {
  const [, path, value, reason, source] =
    /^\| `([^`]+)` \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$/.exec(line) ?? [];
  return path ? [{ path, value, reason: reason ?? '', source: source ?? '' }] : [];
});

const markOf = { true: ', immediate', false: ', not immediate', null: '' };

function firesOn(rule: PolicyRule): string {
  switch (rule.kind) {
    case 'tier':
      return `${rule.tiers.join(', ')}${markOf[`${rule.immediate}`]}`;
    case 'several-reporters':
      return `concerns of ${rule.reporters} reporters, or ${rule.concernsOfOne} of one, within ${rule.days} days or ${rule.rounds} rounds`;
    case 'several-domains':
      return `concerns of ${rule.domains} domains within ${rule.days} days`;
    case 'observed-again':
      return `the same observe sign in consecutive rounds, or ${rule.signsInOneRound} in one`;
    case 'acute-event':
      return `${rule.codes.join(', ')} and a concern of ${rule.domains.join(', ')} within ${rule.days} days`;
  }
}
const gives = (rule: PolicyRule): string =>
  rule.kind === 'acute-event'
    ? `one colour up, not above ${rule.notAbove}`
    : `${rule.colour}, ${rule.tier}, clock ${rule.clock}`;
const ruleCell = (rule: PolicyRule): [string, string] => [
  `rules.${rule.rule}`,
  `${firesOn(rule)} → ${gives(rule)}`,
];

function condition({ when }: ConditionalTier): string {
  switch (when.kind) {
    case 'alone':
      return `alone within ${when.days} days`;
    case 'in-consecutive-rounds':
      return 'in consecutive rounds';
    case 'ticked':
      return 'ticked on the form';
    case 'beside':
      return `beside ${[...when.domains, ...when.codes].join(', ')} within ${when.days} days`;
  }
}
const conditionCell = (one: ConditionalTier): [string, string] => [
  `conditionalTiers.${one.code}`,
  `${condition(one)} → ${one.tier === null ? 'nothing' : `${one.tier}${markOf[`${one.immediate}`]}`}`,
];

function cellsOf(value: unknown, path: string): [string, string][] {
  if (Array.isArray(value)) return [[path, value.join(', ')]];
  if (typeof value !== 'object' || value === null) return [[path, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) =>
    cellsOf(inner, path === '' ? key : `${path}.${key}`),
  );
}

const { rules, conditionalTiers, ...values }: Policy = defaultPolicy;
const expected = [
  ...conditionalTiers.map(conditionCell),
  ...rules.map(ruleCell),
  ...cellsOf(values, ''),
];
const ofTiers = rules.filter((rule): rule is TierRule => rule.kind === 'tier');

describe('POLICY.md', () => {
  it.each(expected)('says of %s that it is "%s"', (path, value) => {
    expect(rows.filter((row) => row.path === path).map((row) => row.value)).toEqual([value]);
  });

  it('speaks of nothing that the policy does not hold', () => {
    expect(rows.map(({ path }) => path).sort()).toEqual(expected.map(([path]) => path).sort());
  });

  it('gives for each value a reason, and a source that exists', () => {
    const keys = [...sourcesPage.matchAll(/^\| ([A-Z][^|]*) \|/gm)].flatMap(
      ([, cell]) => cell?.split(', ') ?? [],
    );
    for (const { path, reason, source } of rows) {
      expect(reason.trim(), path).not.toBe('');
      expect(source, path).toMatch(/product\.md/);
      const cited = source.match(/\b[A-Z][A-Z0-9]+(-[A-Zn]+)?\b/g) ?? [];
      for (const key of cited) if (!/^R\d+$/.test(key)) expect(keys, path).toContain(key);
    }
  });

  it.each(ofTiers)(
    'cites for $rule the sources of the signs that fire it, all and no others',
    (rule) => {
      const fires = indicators.filter(
        ({ tier, immediate }) =>
          rule.tiers.includes(tier) && (rule.immediate === null || rule.immediate === immediate),
      );
      const sources = fires.flatMap((sign) =>
        sign.sources.map((key) => key.replace(/^MR9-.*/, 'MR9-n')),
      );
      const row = rows.find(({ path }) => path === `rules.${rule.rule}`);
      const cited = row?.source.replace(/^.*tiers of signs: /, '').split(', ') ?? [];
      expect(cited.sort()).toEqual([...new Set(sources)].sort());
    },
  );

  it('says that "very worried" is our own sign, and that a clinician must sign off', () => {
    expect(page).toMatch(/WOR01[\s\S]*the project's own[\s\S]*serious and immediate/);
    expect(page).toMatch(/must sign off every tier, threshold and clock \*for that school\*/);
  });
});
