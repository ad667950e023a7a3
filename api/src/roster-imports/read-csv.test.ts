import { describe, expect, it } from 'vitest';
import { rosterLimits } from './limits.ts';
import { readCsv } from './read-csv.ts';
import { fixture, refusal, utf8 } from './testing-files.ts';

const header = '学号,姓名,班级';

describe('reading CSV', () => {
  it('takes UTF-8 with and without a byte order mark, and GB18030', async () => {
    const text = `${header}\r\n20260101,程静,七(1)班\r\n`;
    const rows = [
      ['学号', '姓名', '班级'],
      ['20260101', '程静', '七(1)班'],
    ];
    expect(readCsv(utf8(text))).toEqual(rows);
    expect(readCsv(utf8(`\ufeff${text}`))).toEqual(rows);
    const gb18030 = await fixture('pupils-gb18030.csv');
    expect(readCsv(gb18030)[0]?.slice(1, 4)).toEqual(['学籍号', '学号', '姓名']);
    expect(readCsv(gb18030)).toHaveLength(1081);
  });

  it.each([',', ';', '\t', '，'])('tells the separator %j by itself', (separator) => {
    const text = [`学号,姓名,班级`, `1,程静,七(1)班`, `2,顾泽,"七,;(1)班"`].join('\n');
    const other = text.replace(/,(?!;)/g, separator);
    // Inside quotation marks a separator is only a character.
    const quoted = `"${'，;'.repeat(20)}"`;
    expect(readCsv(utf8(`${other}\n${quoted}`))).toHaveLength(4);
    expect(readCsv(utf8(`${other}\n${quoted}`))[0]).toEqual(['学号', '姓名', '班级']);
    expect(readCsv(utf8(other))[2]).toEqual(['2', '顾泽', '七,;(1)班']);
  });

  it('counts a quoted line break as part of its row, and keeps the numbers of blank rows', () => {
    const rows = readCsv(utf8(`${header}\n\n1,"程\n静",七(1)班\n`));
    expect(rows[2]).toEqual(['1', '程\n静', '七(1)班']);
  });

  it('keeps cells that begin like a formula as text', () => {
    expect(readCsv(utf8('=1+1,+86,-1,@x'))[0]).toEqual(['=1+1', '+86', '-1', '@x']);
  });

  it('names the row of the first byte that is no text, in UTF-8 and in GB18030', async () => {
    const lines = [header, '1,"程\n静",七(1)班', '2,顾泽,七(1)班', '3,魏佳,七(1)班'];
    const damaged = Buffer.from(lines.join('\n'));
    damaged[damaged.indexOf('魏') + 1] = 0xff;
    expect(await refusal(() => readCsv(damaged))).toEqual({
      code: 'roster.unreadable-encoding',
      row: 4,
    });
    const gb18030 = await fixture('pupils-gb18030.csv');
    const at = gb18030.indexOf('\n1000,') + 1;
    gb18030[at + 2] = 0xff;
    expect(await refusal(() => readCsv(gb18030))).toEqual({
      code: 'roster.unreadable-encoding',
      row: 1001,
    });
  });

  it('refuses a file cut inside a character, and never reads UTF-8 as GB18030', async () => {
    const whole = Buffer.from([header, ...Array(9).fill('1,程静,七(1)班')].join('\n'));
    for (const cut of [1, 2]) {
      expect(await refusal(() => readCsv(whole.subarray(0, whole.length - cut)))).toEqual({
        code: 'roster.unreadable-encoding',
        row: 10,
      });
    }
    const gb18030 = await fixture('pupils-gb18030.csv');
    const inside = gb18030.lastIndexOf(',') - 1;
    expect(await refusal(() => readCsv(gb18030.subarray(0, inside)))).toEqual({
      code: 'roster.unreadable-encoding',
      row: 1081,
    });
  });

  it('refuses UTF-16 with and without its mark, and Latin-1', async () => {
    const utf16 = Buffer.from(`\ufeff${header}\n1,A,7\n`, 'utf16le');
    const plain = Buffer.from('id,name,class,sex,grade\n1,A,7,F,7\n', 'utf16le');
    const latin1 = Buffer.from('Prénom;é;\nRenée;É\n', 'latin1');
    for (const bytes of [utf16, plain]) {
      expect(await refusal(() => readCsv(bytes))).toEqual({
        code: 'roster.unreadable-encoding',
        row: 1,
      });
    }
    expect((await refusal(() => readCsv(latin1))).code).toBe('roster.unreadable-encoding');
  });

  it('names the row of a quotation mark that is never closed', async () => {
    const text = `${header}\n1,程静,七(1)班\n2,"顾泽,七(1)班\n3,魏佳,七(1)班\n`;
    expect(await refusal(() => readCsv(utf8(text)))).toEqual({
      code: 'roster.broken-quotes',
      row: 3,
    });
  });

  it('takes 20,000 rows and refuses the next, and 200 columns and not 201', async () => {
    const rows = (count: number) => utf8(`${header}\n`.repeat(count));
    expect(readCsv(rows(rosterLimits.rows))).toHaveLength(rosterLimits.rows);
    expect(await refusal(() => readCsv(rows(rosterLimits.rows + 1)))).toEqual({
      code: 'roster.too-many-rows',
      row: rosterLimits.rows + 1,
    });
    const columns = (count: number) => utf8(`a${',a'.repeat(count - 1)}`);
    expect(readCsv(columns(rosterLimits.columns))[0]).toHaveLength(rosterLimits.columns);
    expect(await refusal(() => readCsv(columns(rosterLimits.columns + 1)))).toEqual({
      code: 'roster.too-many-columns',
      row: 1,
    });
  });
});
