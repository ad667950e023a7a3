import { alerts, observe, pupils } from './zh-cn/alerts.ts';
import { setup, signIn, stepUp } from './zh-cn/entry.ts';
import { factor } from './zh-cn/factor.ts';
import { notices } from './zh-cn/notices.ts';
import { help, me } from './zh-cn/office.ts';
import { alarm, phones, report, sent, talk } from './zh-cn/report.ts';
import { dates, errors, sexes, shell, ui } from './zh-cn/shell.ts';

export const zhCN = {
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
};

/** What only the pages say; the rules bring their own words. */
export type OwnWords = typeof zhCN;
