import { alerts, board, observe, pupils } from './zh-cn/alerts.ts';
import { audit } from './zh-cn/audit.ts';
import { setup, signIn, stepUp } from './zh-cn/entry.ts';
import { erasures } from './zh-cn/erasures.ts';
import { exclusions } from './zh-cn/exclusions.ts';
import { factor } from './zh-cn/factor.ts';
import { glass } from './zh-cn/glass.ts';
import { grants } from './zh-cn/grants.ts';
import { notices } from './zh-cn/notices.ts';
import { accounts, help, me, roster } from './zh-cn/office.ts';
import { alarm, phones, report, sent } from './zh-cn/report.ts';
import { reporter } from './zh-cn/reporter.ts';
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
  alerts,
  board,
  pupils,
  observe,
  reporter,
  roster,
  accounts,
  audit,
  erasures,
  exclusions,
  glass,
  grants,
  me,
  notices,
  factor,
  help,
};

/** What only the pages say; the rules bring their own words. */
export type OwnWords = typeof zhCN;
