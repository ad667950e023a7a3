import { defaultPolicy, messageDueAt } from '@shaodian/rules';
import type { Colour, PersonalWay } from '@shaodian/rules';
import type { ChannelKind } from '../channels/channel.ts';
import type { NoticeKind } from './notices.schemas.ts';

export interface OpenChannel {
  readonly id: string;
  readonly kind: ChannelKind;
}

export interface Reachable {
  readonly email: boolean;
  readonly phone: boolean;
}

interface AlertToTell {
  readonly colour: Colour;
  readonly counsellorOnly: boolean;
}

/** Kinds of notices that also go outside. */
export type OutsideKind = Extract<
  NoticeKind,
  'alert_to_acknowledge' | 'alert_to_review' | 'alert_to_know' | 'alert_step_overdue'
>;

export interface Planned {
  readonly channelId: string;
  readonly channelKind: ChannelKind;
  readonly personId: string | null;
  readonly outsideId: string | null;
  readonly kind: OutsideKind | 'alert_outside' | 'alert_event' | 'cluster_to_answer' | 'drill';
  readonly event: string | null;
}

export interface ToTell {
  readonly topic: string;
  readonly alert: AlertToTell;
  readonly channels: readonly OpenChannel[];
  readonly people: readonly {
    readonly id: string;
    readonly kind: OutsideKind;
    readonly reachable: Reachable;
  }[];
  readonly outside: readonly { readonly id: string; readonly reachable: Reachable }[];
}

const pointOf: Record<PersonalWay, keyof Reachable> = { ringing: 'phone', email: 'email' };
const groups: readonly ChannelKind[] = ['wecom', 'dingtalk', 'feishu'];

/**
 * Which messages follow from what happened: whoever must act is reached in the way of the colour, red in every way at once; who is informed gets a
 * letter. Groups learn that one waits, unless only counsellors may know; webhooks learn ids.
 */
export function planMessages({ topic, alert, channels, people, outside }: ToTell): Planned[] {
  const { ways, groups: toGroups } = defaultPolicy.messages[alert.colour];
  const through = (kind: ChannelKind) => channels.filter((channel) => channel.kind === kind);
  const personal = people.flatMap(({ id, kind, reachable }) => {
    const possible = waysFor(kind, ways).filter(
      (way) => reachable[pointOf[way]] && through(way).length > 0,
    );
    const used = alert.colour === 'red' ? possible : possible.slice(0, 1);
    return used.flatMap((way) =>
      through(way)
        .slice(0, 1)
        .map((channel) => planned(channel, kind, { personId: id })),
    );
  });
  const acts = people.some(({ kind }) => kind !== 'alert_to_know');
  const toGroup = toGroups && acts && !alert.counsellorOnly;
  return [
    ...personal,
    ...(toGroup
      ? channels
          .filter(({ kind }) => groups.includes(kind))
          .map((channel) => planned(channel, 'alert_to_acknowledge', {}))
      : []),
    ...outside.flatMap(({ id, reachable }) =>
      (['ringing', 'email'] as const)
        .filter((way) => reachable[pointOf[way]])
        .flatMap((way) =>
          through(way)
            .slice(0, 1)
            .map((channel) => planned(channel, 'alert_outside', { outsideId: id })),
        ),
    ),
    ...through('webhook').map((channel) =>
      planned(channel, 'alert_event', { event: eventOf[topic] ?? topic }),
    ),
  ];
}

/**
 * A cluster, to whoever must answer in the way of its colour; groups learn that one waits, unless only counsellors may know. Webhooks tell of
 * alerts.
 */
export function planCluster({
  alert,
  channels,
  people,
  outside,
}: Omit<ToTell, 'topic'>): Planned[] {
  return planMessages({
    topic: 'cluster',
    alert,
    channels: channels.filter(({ kind }) => kind !== 'webhook'),
    people,
    outside,
  }).map((one) => (one.kind === 'alert_outside' ? one : { ...one, kind: 'cluster_to_answer' }));
}

/** A drill takes every way that a red alert would take; groups hear of it once, with the first call. */
export function planDrill({
  channels,
  person,
  outside,
  isFirst,
}: {
  readonly channels: readonly OpenChannel[];
  readonly person: { readonly id: string; readonly reachable: Reachable } | null;
  readonly outside: { readonly id: string; readonly reachable: Reachable } | null;
  readonly isFirst: boolean;
}): Planned[] {
  const reachable = (person ?? outside)?.reachable;
  const to = { personId: person?.id ?? null, outsideId: outside?.id ?? null };
  const ways = defaultPolicy.messages.red.ways.filter((way) => reachable?.[pointOf[way]]);
  return [
    ...ways.flatMap((way) =>
      channels
        .filter(({ kind }) => kind === way)
        .slice(0, 1)
        .map((channel) => planned(channel, 'drill', to)),
    ),
    ...(isFirst
      ? channels
          .filter(({ kind }) => groups.includes(kind))
          .map((channel) => planned(channel, 'drill', {}))
      : []),
  ];
}

/** What follows when a message could not be sent: the next way to the same person that was not tried. */
export function fallbackFor(
  colour: Colour,
  reachable: Reachable,
  channels: readonly OpenChannel[],
  tried: readonly string[],
): OpenChannel | undefined {
  const all: readonly PersonalWay[] = [...defaultPolicy.messages[colour].ways, 'email', 'ringing'];
  return all
    .filter((way) => reachable[pointOf[way]])
    .flatMap((way) => channels.filter((channel) => channel.kind === way))
    .find((channel) => !tried.includes(channel.id));
}

/** When it may go, in domain time; what is sent outside because nobody answers waits for nothing. */
export const dueOf = (kind: Planned['kind'], colour: Colour, at: Date, timeZone: string): Date =>
  kind === 'alert_outside' || kind === 'alert_event' || kind === 'drill'
    ? at
    : new Date(messageDueAt(colour, at.toISOString(), timeZone));

// Nobody is rung up to be informed.
const waysFor = (kind: OutsideKind, ways: readonly PersonalWay[]): readonly PersonalWay[] =>
  kind === 'alert_to_know' ? ['email'] : ways;

const planned = (
  channel: OpenChannel,
  kind: Planned['kind'],
  to: Partial<Pick<Planned, 'personId' | 'outsideId' | 'event'>>,
): Planned => ({
  channelId: channel.id,
  channelKind: channel.kind,
  personId: null,
  outsideId: null,
  event: null,
  ...to,
  kind,
});

/** What a webhook is told, by topic. */
const eventOf: Readonly<Record<string, string>> = {
  'alert.clock_started': 'alert.raised',
  'alert.needs_review': 'alert.needs_review',
  'alert.climbed': 'alert.climbed',
  'alert.step_overdue': 'alert.step_overdue',
  'alert.outside': 'alert.reached_outside',
  'alert.acknowledged': 'alert.acknowledged',
};
