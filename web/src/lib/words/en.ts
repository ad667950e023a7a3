import type { Words } from './index.ts';
import { setup, signIn } from './en/entry.ts';
import { emergency, phones, report, sent } from './en/report.ts';
import { colours, dates, errors, roles, sexes, shell, tiers, ui } from './en/shell.ts';
import { aboutWhom, howOften, knownBy, nextSteps, sinceWhen } from './en/terms.ts';

export const en = {
  shell,
  ui,
  dates,
  errors,
  colours,
  tiers,
  roles,
  sexes,
  knownBy,
  sinceWhen,
  howOften,
  aboutWhom,
  nextSteps,
  signIn,
  setup,
  phones,
  report,
  emergency,
  sent,
} satisfies Words;
