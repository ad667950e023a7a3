import { expect, test } from 'vitest';
import { cookiesAfter } from './cookies-after.ts';

test('what was set in this request is sent with the next, and what was ended is not', () => {
  const sent = 'lang=en; session=old; device=d=1';
  expect(cookiesAfter(sent, [])).toBe(sent);
  expect(cookiesAfter(sent, ['session=new; Max-Age=43200; Path=/; HttpOnly'])).toBe(
    'lang=en; session=new; device=d=1',
  );
  expect(cookiesAfter(sent, ['session=; Max-Age=0; Path=/'])).toBe('lang=en; device=d=1');
  expect(cookiesAfter('', ['session=new; Path=/'])).toBe('session=new');
});
