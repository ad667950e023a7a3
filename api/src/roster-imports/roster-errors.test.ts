import { describe, expect, it } from 'vitest';
import {
  fileErrors,
  RosterFileError,
  rosterMessage,
  rowErrors,
  rowIssue,
  rowWarnings,
} from './roster-errors.ts';

const placeholders = (text: string) =>
  [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

describe('the words of roster errors', () => {
  const all = Object.entries({ ...fileErrors, ...rowErrors, ...rowWarnings });

  it.each(all)('%s says the same in both languages', (_code, words) => {
    expect(placeholders(words.en)).toEqual(placeholders(words['zh-CN']));
    expect(words['zh-CN']).toMatch(/\p{Script=Han}.*。$/u);
    expect(words.en).toMatch(/^["A-Z{].*\.$/);
  });

  it('fill in values once, in the language of the reader', () => {
    const column = { 'zh-CN': '姓名', en: 'name' };
    const values = { row: 2, columns: column };
    expect(rosterMessage('roster.missing-column', values, 'zh-CN')).toBe(
      '第 2 行的表头缺少这一列：姓名。',
    );
    expect(rosterMessage('roster.missing-column', values, 'en')).toContain('lacks: name');
    const tricky = rowIssue('name', 'roster.bad-name', { value: '{value}' });
    expect(tricky.message.en).toBe('"{value}" does not look like a name.');
  });

  it('name the row of the file where there is one', () => {
    expect(new RosterFileError('roster.broken-quotes', { row: 7 }).row).toBe(7);
    expect(new RosterFileError('roster.old-xls').row).toBeNull();
  });
});
