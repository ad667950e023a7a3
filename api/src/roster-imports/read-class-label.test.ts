import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readClassLabel, readGrade } from './read-class-label.ts';
import { year2026 } from './testing-files.ts';

const seven = readGrade('七年级', year2026);
const read = (text: string, grade = seven) => {
  const reading = readClassLabel(text, grade, year2026);
  return reading.outcome === 'read' ? reading.class.name : reading.outcome;
};

describe('reading a grade', () => {
  it.each([
    ['七年级', 7, '七年级'],
    ['7年级', 7, '七年级'],
    ['７', 7, '七年级'],
    ['初一', 7, '七年级'],
    ['初中三年级', 9, '九年级'],
    ['初一年级', 7, '七年级'],
    ['八 年 级', 8, '八年级'],
    ['2026级', 7, '七年级'],
    ['2024级', 9, '九年级'],
    ['2029届', 7, '七年级'],
    ['高2026级', 10, '高一'],
    ['高二', 11, '高二'],
    ['高中三年级', 12, '高三'],
    ['十一年级', 11, '高二'],
    ['小学六年级', 6, '六年级'],
    ['一年级', 1, '一年级'],
    ['预初', 6, '六年级'],
  ])('reads %s', (text, ordinal, label) => {
    expect(readGrade(text, year2026)).toEqual({ ordinal, label });
  });

  it.each(['', '十三年级', '初四', '2023级', '2027级', '年级', '0', '七(1)班', '2026', '重点'])(
    'does not guess at %j',
    (text) => {
      expect(readGrade(text, year2026)).toBeNull();
    },
  );
});

describe('reading a class', () => {
  it.each([
    '七（1）班',
    '七(1)班',
    '七(1)',
    '七1班',
    '七年级1班',
    '七年级(1)班',
    '七年级（一）班',
    '七一班',
    '7.1班',
    '7-1班',
    '7(1)班',
    '701班',
    '701',
    '0701班',
    '初一1班',
    '初一(1)班',
    '2026级1班',
    '2026级(1)班',
    '1班',
    '(1)班',
    '01班',
    '1',
    '一班',
    ' 七 （ 1 ） 班 ',
    '七(01)班',
    '七（1班）',
  ])('reads %s in grade 7 as one and the same class', (text) => {
    expect(read(text)).toBe('七(1)班');
  });

  it.each(['七（1）班', '七年级1班', '7.1班', '701班', '初一(1)班', '2026级1班', '七1班'])(
    'needs no grade column for %s',
    (text) => {
      expect(read(text, null)).toBe('七(1)班');
    },
  );

  it('reads the classes of other stages', () => {
    expect(read('高一(3)班', null)).toBe('高一(3)班');
    expect(read('1003班', null)).toBe('高一(3)班');
    expect(read('三年级12班', null)).toBe('三(12)班');
    expect(read('高三十班', null)).toBe('高三(10)班');
    expect(read('二十三班')).toBe('七(23)班');
    expect(read('七(60)班')).toBe('七(60)班');
  });

  it('asks for the grade where the label does not tell it', () => {
    for (const text of ['1班', '(3)班', '三班', '12', '二十班']) {
      expect(read(text, null)).toBe('no-grade');
    }
  });

  it('does not choose between two grades', () => {
    for (const text of ['八(1)班', '801', '初二1班', '2025级1班', '8.1班']) {
      expect(read(text)).toBe('grades-differ');
    }
  });

  it('does not guess', () => {
    const unclear = [
      '实验班',
      '七年级',
      '初一',
      '班',
      '七(0)班',
      '七(61)班',
      '7.1',
      '7.10',
      '99班',
      '2013-07-01',
      'A',
    ];
    for (const text of unclear) expect(read(text)).toBe('unreadable');
    expect(read('二十班', readGrade('二年级', year2026))).toBe('unreadable');
  });

  it('reads its own names back, for every class there can be', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 60 }),
        (at, number) => {
          const grade = readGrade(String(at), year2026);
          const name = read(String(number), grade);
          expect(read(name, null)).toBe(name);
          expect(read(name, grade)).toBe(name);
          expect(read(`${grade?.label}${number}班`, null)).toBe(name);
        },
      ),
    );
  });
});
