import type { Words } from './index.ts';
import { alerts, board, observe, pupils } from './en/alerts.ts';
import { setup, signIn } from './en/entry.ts';
import { accounts, help, me, roster } from './en/office.ts';
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
  alerts,
  board,
  pupils,
  observe,
  roster,
  accounts,
  me,
  help,
} satisfies Words;
