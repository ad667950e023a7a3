import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import {
  UnknownIndicatorError,
  asksAboutWhom,
  findIndicator,
  getIndicator,
  indicators,
  indicatorsFor,
} from './indicators.ts';
import { defaultPolicy } from './alerts/default-policy.ts';
import { indicatorTiers } from './vocabulary.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const readRows = async (): Promise<Record<string, string>[]> =>
  parse(await readFile(here('../data/indicators.csv')), { columns: true });

describe('the list of signs', () => {
  it('is generated from the list as it is now', async () => {
    const check = promisify(execFile)(process.execPath, [
      here('../generate-indicators.ts'),
      '--check',
    ]);
    await expect(check).resolves.toMatchObject({ stderr: '' });
  });

  it('says of each sign what its row says', async () => {
    const rows = await readRows();
    const expected = rows.map((row) => ({
      code: row['code'],
      domain: row['domain'],
      tier: row['tier'],
      immediate: row['immediate_school_alert'] === 'yes',
      mandatoryReport: row['mandatory_report_situation'],
      audience: row['audience']?.split(' and '),
      asksAboutWhom: row['ask_about_whom'] === 'yes',
      zh: row['zh'],
      en: row['en'],
      sources: row['source']?.split(';'),
    }));
    expect(indicators).toEqual(expected);
  });

  it('has its conditional tiers in the policy, all of them', async () => {
    const rows = (await readRows()).filter((row) => row['condition'] !== '');
    const expected = rows.map((row) => ({
      code: row['code'],
      tier: row['then_tier'] === 'none' ? null : row['then_tier'],
      immediate: row['then_immediate'] === 'yes',
    }));
    expect(
      defaultPolicy.conditionalTiers.map(({ code, tier, immediate }) => ({
        code,
        tier,
        immediate,
      })),
    ).toEqual(expected);
  });

  it('has each code once, in a known tier, in both languages', () => {
    expect(new Set(indicators.map(({ code }) => code)).size).toBe(indicators.length);
    for (const { code, tier, zh, en } of indicators) {
      expect([...indicatorTiers, 'protective', 'coverage'], code).toContain(tier);
      expect([zh.trim(), en.trim()], code).not.toContain('');
    }
  });

  it('names for each sign a source that SOURCES.md explains', async () => {
    const page = await readFile(here('../data/SOURCES.md'), 'utf8');
    const keys = page
      .split('\n')
      .flatMap((line) => /^\| ([^|]+) \|/.exec(line)?.[1]?.split(', ') ?? []);
    for (const { code, sources } of indicators)
      for (const source of sources)
        expect(keys, code).toContain(source.replace(/^MR9-.*/, 'MR9-n'));
  });

  it('every emergency sign is immediate', () => {
    const emergencies = indicators.filter(({ tier }) => tier === 'emergency');
    expect(emergencies.filter(({ immediate }) => !immediate)).toEqual([]);
  });

  it('finds a sign by its code, and refuses to get one that is not there', () => {
    expect(getIndicator('SUI01').tier).toBe('emergency');
    expect(findIndicator('XXX99')).toBe(undefined);
    expect(() => getIndicator('XXX99')).toThrow(UnknownIndicatorError);
    expect(() => getIndicator('constructor')).toThrow(UnknownIndicatorError);
  });

  it('offers pupils no sign that is for staff alone', () => {
    const forPeers = indicatorsFor('peer').map(({ code }) => code);
    expect(forPeers).toContain('SUI04');
    expect(forPeers).not.toContain('FAM02');
    expect(indicatorsFor('staff')).toEqual(indicators);
  });

  it('asks about whom for abuse, bullying, the family, and violence', () => {
    expect(asksAboutWhom('ABU01')).toBe(true);
    expect(asksAboutWhom('SUI01')).toBe(false);
  });
});
