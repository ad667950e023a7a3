import type { OwnWords } from './zh-cn.ts';
import { alerts, observe, pupils } from './en/alerts.ts';
import { setup, signIn, stepUp } from './en/entry.ts';
import { factor } from './en/factor.ts';
import { notices } from './en/notices.ts';
import { help, me } from './en/office.ts';
import { alarm, phones, report, sent, talk } from './en/report.ts';
import { dates, errors, sexes, shell, ui } from './en/shell.ts';

export const en = {
  shell,
  ui,
  dates,
  errors,
  sexes,
  signIn,
  stepUp,
  setup,
  phones,
  report,
  alarm,
  sent,
  talk,
  alerts,
  pupils,
  observe,
  me,
  notices,
  factor,
  help,
} satisfies OwnWords;
