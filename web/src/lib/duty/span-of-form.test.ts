import { expect, test } from 'vitest';
import { spanOfForm } from './span-of-form.ts';

const typed = (fields: Record<string, string>): FormData => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
};

test('days and times are those of the school', () => {
  const fields = {
    startsOn: '2026-11-27',
    startsAt: '22:30',
    endsOn: '2026-11-28',
    endsAt: '07:00',
  };
  expect(spanOfForm(typed(fields), 'Asia/Shanghai')).toEqual({
    startsAt: '2026-11-27T14:30:00.000Z',
    endsAt: '2026-11-27T23:00:00.000Z',
  });
});

test.each([
  ['no day', {}],
  ['no such day', { startsOn: '2026-13-45', startsAt: '22:30' }],
  ['no time', { startsOn: '2026-11-27' }],
  ['no such time', { startsOn: '2026-11-27', startsAt: '24:00' }],
])('%s stays empty', (_, fields) => {
  expect(spanOfForm(typed(fields as Record<string, string>), 'Asia/Shanghai').startsAt).toBe('');
});
