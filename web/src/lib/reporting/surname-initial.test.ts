import { expect, test } from 'vitest';
import { surnameInitial } from './surname-initial.ts';

test('a classmate is listed under the initial with which the surname is read', () => {
  const listed = (names: string): string => [...names].map(surnameInitial).join('');
  expect(listed('赵钱孙李周吴郑王')).toBe('ZQSLZWZW');
  expect(listed('安白陈丁鄂冯高黄蒋孔林马倪欧潘秦任宋唐魏谢杨朱')).toBe('ABCDEFGHJKLMNOPQRSTWXYZ');
  expect(surnameInitial('欧阳楠')).toBe('O');
});

test('a surname with a reading of its own is listed under that reading', () => {
  expect(['曾可', '单思萱', '解放', '仇英', '查理', '翟天'].map(surnameInitial).join('')).toBe(
    'ZSXQZZ',
  );
});

test('a name in other letters is listed too', () => {
  expect(surnameInitial('anna')).toBe('A');
  expect(surnameInitial('·')).toBe('#');
  expect(surnameInitial('')).toBe('#');
});
