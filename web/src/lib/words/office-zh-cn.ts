import { accounts, roster } from './zh-cn/accounts.ts';
import { acts } from './zh-cn/acts.ts';
import { audit } from './zh-cn/audit.ts';
import { board } from './zh-cn/board.ts';
import { calendar } from './zh-cn/calendar.ts';
import { channels } from './zh-cn/channels.ts';
import { drills } from './zh-cn/drills.ts';
import { clusters } from './zh-cn/clusters.ts';
import { duty } from './zh-cn/duty.ts';
import { erasures } from './zh-cn/erasures.ts';
import { exclusions } from './zh-cn/exclusions.ts';
import { glass } from './zh-cn/glass.ts';
import { grants } from './zh-cn/grants.ts';
import { reporter } from './zh-cn/reporter.ts';
import { steps } from './zh-cn/steps.ts';

/** What only members of staff read, and everybody on the page of their own record: no part of what a child's form carries. */
export const zhCN = {
  acts,
  audit,
  board,
  calendar,
  channels,
  drills,
  clusters,
  duty,
  erasures,
  exclusions,
  glass,
  grants,
  reporter,
  roster,
  steps,
  accounts,
};

export type OfficeWords = typeof zhCN;
