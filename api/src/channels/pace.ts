import type { ChannelKind } from './channel.ts';

/** Messages a minute that the other side takes; null where it names no limit. */
export const perMinute: Readonly<Record<ChannelKind, number | null>> = {
  email: null,
  wecom: 20,
  dingtalk: 20,
  feishu: 100,
  ringing: null,
  webhook: null,
};

const minuteMs = 60_000;
/** The other side counts by a clock of its own: one second more than its minute. */
const windowMs = minuteMs + 1_000;

/**
 * How long to wait before the next message may go: never more than the limit in any minute, and no longer than that takes.
 * @param sentAt when the last ones went, in milliseconds, in any order
 */
export function waitMs(kind: ChannelKind, sentAt: readonly number[], now: number): number {
  const limit = perMinute[kind];
  if (limit === null) return 0;
  const recent = sentAt.filter((at) => at > now - windowMs).sort((x, y) => x - y);
  const blocking = recent[recent.length - limit];
  return blocking === undefined ? 0 : blocking + windowMs - now;
}
