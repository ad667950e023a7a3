import { describe, expect, test } from 'vitest';
import { medianSeconds, secondsToAnswer, unansweredNames } from './answer-times.ts';

const call = (name: string, seconds: number | null, outside = false) => ({
  position: 1,
  name,
  outside,
  askedAt: '2026-11-25T07:00:00.000Z',
  answeredAt:
    seconds === null
      ? null
      : new Date(Date.parse('2026-11-25T07:00:00Z') + seconds * 1000).toISOString(),
  messages: [],
});

describe('the times of a drill', () => {
  test('are seconds from being told to answering', () => {
    expect(secondsToAnswer(call('甲', 40))).toBe(40);
    expect(secondsToAnswer(call('甲', null))).toBeNull();
  });

  test('have a median of those who answered', () => {
    expect(medianSeconds([call('甲', null)])).toBeNull();
    expect(medianSeconds([call('甲', 10), call('乙', null), call('丙', 300), call('丁', 20)])).toBe(
      20,
    );
    expect(medianSeconds([call('甲', 10), call('丙', 30)])).toBe(20);
  });

  test('name those of the school who did not answer', () => {
    expect(unansweredNames([call('甲', 3), call('乙', null), call('值班室', null, true)])).toEqual([
      '乙',
    ]);
  });
});
