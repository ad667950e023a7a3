import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCalendarList } from './calendar-list.ts';

describe('a list of holidays and make-up days', () => {
  it('is read as it is published: ranges, both kinds, either comma', () => {
    const text = `\uFEFFdate,kind,label
2026-09-20,上班,国庆节调休
2026-10-01..2026-10-03，放假，国庆节

2026-10-10\tschool_day\r
`;
    expect(readCalendarList(text)).toEqual({
      days: [
        { day: '2026-09-20', kind: 'school_day', label: '国庆节调休' },
        { day: '2026-10-01', kind: 'holiday', label: '国庆节' },
        { day: '2026-10-02', kind: 'holiday', label: '国庆节' },
        { day: '2026-10-03', kind: 'holiday', label: '国庆节' },
        { day: '2026-10-10', kind: 'school_day', label: '' },
      ],
      faults: [],
    });
  });

  it.each([
    ['2026-02-28,放假', null],
    ['2026-02-29,放假', 'date'],
    ['2028-02-29,放假', null],
    ['2026-1-1,放假', 'date'],
    ['十月一日,放假', 'date'],
    ['2026-10-01..2026-10-02..2026-10-03,放假', 'date'],
    ['2026-10-01..2026-10-01,放假', null],
    ['2026-10-02..2026-10-01,放假', 'range'],
    ['2026-07-01..2026-09-30,放假', null],
    ['2026-07-01..2026-10-01,放假', 'range'],
    ['2026-10-01', 'kind'],
    ['2026-10-01,constructor', 'kind'],
    [`2026-10-01,放假,${'节'.repeat(40)}`, null],
    [`2026-10-01,放假,${'节'.repeat(41)}`, 'label'],
  ])('%s: %s', (line, fault) => {
    const { faults } = readCalendarList(line);
    expect(faults).toEqual(fault === null ? [] : [{ line: 1, fault }]);
  });

  it('names the line that says something of a day again', () => {
    const text = '2026-10-01..2026-10-07,放假\n2026-10-07,上班';
    expect(readCalendarList(text).faults).toEqual([{ line: 2, fault: 'twice' }]);
  });

  it('reads any text, each day once and in order', () => {
    const word = fc.constantFrom(
      '2026-10-01',
      '..',
      ',',
      '放假',
      '上班',
      '\n',
      '2026-10-05',
      ' ',
      'x',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), fc.string(), (words, tail) => {
        const days = readCalendarList(words.join('') + tail).days.map(({ day }) => day);
        expect(days).toEqual([...new Set(days)].sort());
      }),
    );
  });
});
