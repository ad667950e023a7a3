import { alerts, board, observe, pupils } from './zh-cn/alerts.ts';
import { setup, signIn } from './zh-cn/entry.ts';
import { accounts, help, me, roster } from './zh-cn/office.ts';
import { emergency, phones, report, sent } from './zh-cn/report.ts';
import { colours, dates, errors, roles, sexes, shell, tiers, ui } from './zh-cn/shell.ts';
import { aboutWhom, howOften, knownBy, nextSteps, sinceWhen } from './zh-cn/terms.ts';

export const zhCN = {
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
};
