import { accounts, roster } from './en/accounts.ts';
import { acts } from './en/acts.ts';
import { audit } from './en/audit.ts';
import { board } from './en/board.ts';
import { calendar } from './en/calendar.ts';
import { channels } from './en/channels.ts';
import { drills } from './en/drills.ts';
import { clusters } from './en/clusters.ts';
import { duty } from './en/duty.ts';
import { erasures } from './en/erasures.ts';
import { exclusions } from './en/exclusions.ts';
import { glass } from './en/glass.ts';
import { grants } from './en/grants.ts';
import { reporter } from './en/reporter.ts';
import { steps } from './en/steps.ts';
import type { OfficeWords } from './office-zh-cn.ts';

export const en: OfficeWords = {
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
