import type { OwnWords } from './zh-cn.ts';
import { alerts, board, observe, pupils } from './en/alerts.ts';
import { audit } from './en/audit.ts';
import { setup, signIn, stepUp } from './en/entry.ts';
import { erasures } from './en/erasures.ts';
import { exclusions } from './en/exclusions.ts';
import { factor } from './en/factor.ts';
import { glass } from './en/glass.ts';
import { grants } from './en/grants.ts';
import { notices } from './en/notices.ts';
import { accounts, help, me, roster } from './en/office.ts';
import { alarm, phones, report, sent } from './en/report.ts';
import { reporter } from './en/reporter.ts';
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
} satisfies OwnWords;
