import { expect, test } from 'vitest';
import type { AlertRow } from '#lib/api/shapes.ts';
import { groupByClock } from './group-by-clock.ts';

const alert = (id: string, status: AlertRow['status'], overdue: boolean): AlertRow => ({
  id,
  colour: 'blue',
  tier: 'class',
  status,
  pupil: { id: 'p', name: '' },
  class: { id: 1, name: '' },
  raisedAt: '2026-11-24T00:00:00Z',
  ackDueAt: '2026-11-27T00:00:00Z',
  overdue,
  holder: null,
  acknowledgedAt: null,
  needsReview: false,
  counsellorOnly: false,
  version: 1,
});

test('what is overdue comes first, and an empty group is not shown', () => {
  const groups = groupByClock([
    alert('a', 'acknowledged', false),
    alert('b', 'open', false),
    alert('c', 'open', true),
    alert('d', 'open', false),
  ]);
  expect(groups.map(([group, members]) => [group, members.map(({ id }) => id)])).toEqual([
    ['overdue', ['c']],
    ['open', ['b', 'd']],
    ['acknowledged', ['a']],
  ]);
});
