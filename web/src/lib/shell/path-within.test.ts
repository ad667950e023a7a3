import { expect, test } from 'vitest';
import { pathWithin } from './path-within.ts';

test('a sign-in goes on to a path of this site and never to another host', () => {
  expect(pathWithin('/alerts?status=open')).toBe('/alerts?status=open');
  for (const foreign of [
    'https://example.org/',
    '//example.org',
    '/\\example.org',
    '/\t/example.org',
    'data:text/html,x',
    'alerts',
    '',
    null,
  ]) {
    expect(pathWithin(foreign), String(foreign)).toBe('/');
  }
});
