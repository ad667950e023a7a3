import { expect, it } from 'vitest';
import { askingCodes } from '../vocabulary.ts';
import { defaultPolicy } from './default-policy.ts';
import type { Policy } from './policy.ts';

it('the form asks exactly where an answer changes what a sign leads to', () => {
  const { conditionalTiers }: Policy = defaultPolicy;
  const ticked = conditionalTiers.filter(({ when }) => when.kind === 'ticked');
  expect(ticked.map(({ code }) => code)).toEqual(askingCodes);
});
