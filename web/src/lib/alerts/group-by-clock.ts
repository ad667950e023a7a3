import type { AlertRow } from '#lib/api/shapes.ts';

export type ClockGroup = 'overdue' | 'open' | 'acknowledged' | 'closed';

/** Alerts by what their clock asks for, overdue first; within a group the order stays as it came. */
export function groupByClock(alerts: readonly AlertRow[]): [ClockGroup, AlertRow[]][] {
  const groups: Record<ClockGroup, AlertRow[]> = {
    overdue: [],
    open: [],
    acknowledged: [],
    closed: [],
  };
  for (const alert of alerts) groups[alert.overdue ? 'overdue' : alert.status].push(alert);
  return (Object.entries(groups) as [ClockGroup, AlertRow[]][]).filter(
    ([, members]) => members.length > 0,
  );
}
