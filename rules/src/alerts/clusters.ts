import type { SchoolCalendar } from '../clocks/calendar.ts';
import { indicators } from '../indicators.ts';
import { clusterSubjects } from '../vocabulary.ts';
import type { ClusterSubject, IndicatorCode } from '../vocabulary.ts';
import type { Fact } from './decision.ts';
import { defaultPolicy } from './default-policy.ts';
import type { Policy } from './policy.ts';
import { roundsOf } from './rounds.ts';
import { signsOf, weigh } from './signs.ts';

/** A fact about one of many pupils, with the class and grade they were in when it was seen: for who has moved, it counts where it was seen. */
export interface PupilFact extends Fact {
  readonly pupilId: string;
  readonly classId: number;
  readonly gradeId: number;
}

/** Pupils of one class, one grade or the school with weighty signs close together. */
export interface Cluster {
  readonly subject: ClusterSubject;
  /** Of the class or the grade; null for the school. */
  readonly subjectId: number | null;
  /** Each of them counts in a window that fires. */
  readonly pupilIds: readonly string[];
  /** How many of them the fullest window has: it fires until so few are left that the policy asks for more. */
  readonly mostAtOnce: number;
  /** First and last day of the signs that count, `YYYY-MM-DD`. */
  readonly from: string;
  readonly to: string;
  readonly codes: readonly IndicatorCode[];
  readonly observationIds: readonly string[];
  /** It stands on signs about school staff: nobody but counsellors may learn of it. */
  readonly counsellorOnly: boolean;
}

/** A cluster that was found before. */
export interface KnownCluster {
  readonly id: string;
  readonly subject: ClusterSubject;
  readonly subjectId: number | null;
  readonly counsellorOnly: boolean;
  readonly closed: boolean;
  readonly pupilIds: readonly string[];
  readonly from: string;
  readonly to: string;
}

/** What a cluster does to those known: nothing, one more, or more pupils in the one that is open. */
export type ClusterChange =
  | { readonly kind: 'none' }
  | { readonly kind: 'raise' }
  | {
      readonly kind: 'attach';
      readonly id: string;
      readonly newPupils: readonly string[];
      /** Whether it asks for people again: another pupil, or the same ones at another time. */
      readonly isNews: boolean;
    };

/** The signs that can count: what a caller has to gather of every pupil. */
export const clusterCodes = (policy: Policy = defaultPolicy): IndicatorCode[] =>
  indicators
    .filter(({ domain }) => policy.clusters.domains.includes(domain))
    .map(({ code }) => code);

/**
 * R13: where serious or emergency signs of self-harm come close together.
 *
 * Class, grade and school are looked at each by itself, and all that fire are listed: a class can be one and its grade another, since each
 * says to other people what has to be done. A window runs between the days on which signs were seen, its last day included; windows that
 * share a sign are one cluster. Signs about school staff count in clusters that only counsellors learn of, and never in the others.
 *
 * A function of the set of facts and `asOf`: order and duplicates change nothing, and more facts never take a cluster or a pupil away.
 * Source: product.md R13; numbers in POLICY.md.
 * @param facts of every pupil, of the codes in `clusterCodes`
 * @param asOf ISO instant
 * @throws UnknownIndicatorError for a code that is not in the list
 * @example
 * findClusters([{ pupilId: 'a', code: 'SUI04', … }, { pupilId: 'b', code: 'SUI07', … }], '2026-11-24T02:00:00.000Z', calendar)
 * // → [{ subject: 'class', subjectId: 1, pupilIds: ['a', 'b'], mostAtOnce: 2, counsellorOnly: false, … }]
 */
export function findClusters(
  facts: readonly PupilFact[],
  asOf: string,
  calendar: SchoolCalendar,
  policy: Policy = defaultPolicy,
): Cluster[] {
  const find = (these: readonly PupilFact[], counsellorOnly: boolean): Cluster[] => {
    const signs = weightySigns(these, asOf, calendar, policy);
    return clusterSubjects.flatMap((subject) =>
      [...groupedBy(signs, ({ fact }) => subjectIdOf(subject, fact))].flatMap(([id, ofSubject]) =>
        clustersIn(ofSubject, policy.clusters[subject]).map((found) => ({
          subject,
          subjectId: id,
          ...found,
          counsellorOnly,
        })),
      ),
    );
  };
  const shown = find(
    facts.filter(({ aboutWhom }) => aboutWhom !== 'school_staff'),
    false,
  );
  // Where everybody counts among what is shown, there is nothing more that only counsellors have to know.
  const isShown = ({ subject, subjectId, pupilIds, observationIds }: Cluster): boolean => {
    const signs = new Set(observationIds);
    const same = shown.filter(
      (other) =>
        other.subject === subject &&
        other.subjectId === subjectId &&
        other.observationIds.some((id) => signs.has(id)),
    );
    const pupils = new Set(same.flatMap((other) => other.pupilIds));
    return pupilIds.every((pupil) => pupils.has(pupil));
  };
  return [...shown, ...find(facts, true).filter((cluster) => !isShown(cluster))];
}

/**
 * Whether a cluster is raised, or attached to the one that is open on its subject. What a person has closed counts again only with a pupil
 * who was not in it. Source: product.md, R11 and R13.
 */
export function clusterChange(found: Cluster, known: readonly KnownCluster[]): ClusterChange {
  const same = known.filter(
    (one) =>
      one.subject === found.subject &&
      one.subjectId === found.subjectId &&
      one.counsellorOnly === found.counsellorOnly,
  );
  const isIn = (pupil: string) => (one: KnownCluster) => one.pupilIds.includes(pupil);
  const isMeanwhile = (one: KnownCluster) => one.from <= found.to && found.from <= one.to;
  const open = same.find(({ closed }) => !closed);
  if (open) {
    const newPupils = found.pupilIds.filter((pupil) => !isIn(pupil)(open));
    const isNews = newPupils.length > 0 || !isMeanwhile(open);
    return { kind: 'attach', id: open.id, newPupils, isNews };
  }
  const judged = same.filter(isMeanwhile);
  const isJudged = found.pupilIds.every((pupil) => judged.some(isIn(pupil)));
  return { kind: isJudged ? 'none' : 'raise' };
}

interface DatedFact {
  readonly fact: PupilFact;
  readonly day: number;
}

/** Those that count, oldest first. A day that cannot be read lies in no window; the pupil's own alert stands all the same. */
function weightySigns(
  facts: readonly PupilFact[],
  asOf: string,
  calendar: SchoolCalendar,
  policy: Policy,
): DatedFact[] {
  const { domains, tiers } = policy.clusters;
  const dates = facts.map(({ observedOn }) => observedOn);
  const rounds = roundsOf(dates, calendar, policy);
  return [...groupedBy(facts, ({ pupilId }) => pupilId).values()]
    .flatMap((ofPupil) => {
      const places = new Map<Fact, PupilFact>(ofPupil.map((fact) => [fact, fact]));
      return weigh(signsOf(ofPupil, asOf), rounds, policy).flatMap((sign) => {
        const fact = places.get(sign.fact);
        const counts =
          domains.includes(sign.indicator.domain) && tiers.some((tier) => tier === sign.tier);
        return fact && counts && !Number.isNaN(sign.day) ? [{ fact, day: sign.day }] : [];
      });
    })
    .sort((a, b) => a.day - b.day);
}

function subjectIdOf(subject: ClusterSubject, fact: PupilFact): number | null {
  switch (subject) {
    case 'class':
      return fact.classId;
    case 'grade':
      return fact.gradeId;
    case 'school':
      return null;
  }
}

/** Looks once along the signs, with the pupils of the window that begins at each. @param signs oldest first */
function clustersIn(
  signs: readonly DatedFact[],
  { pupils, days }: { readonly pupils: number; readonly days: number },
): Omit<Cluster, 'subject' | 'subjectId' | 'counsellorOnly'>[] {
  const joined: { start: number; end: number; mostAtOnce: number }[] = [];
  const inWindow = new Map<string, number>();
  let end = 0;
  for (const [start, { fact, day }] of signs.entries()) {
    for (let next = signs[end]; next && next.day <= day + days; next = signs[(end += 1)])
      inWindow.set(next.fact.pupilId, (inWindow.get(next.fact.pupilId) ?? 0) + 1);
    const last = joined.at(-1);
    if (inWindow.size >= pupils) {
      if (last && start < last.end) {
        last.end = end;
        last.mostAtOnce = Math.max(last.mostAtOnce, inWindow.size);
      } else joined.push({ start, end, mostAtOnce: inWindow.size });
    }
    const left = (inWindow.get(fact.pupilId) ?? 0) - 1;
    if (left > 0) inWindow.set(fact.pupilId, left);
    else inWindow.delete(fact.pupilId);
  }
  return joined.map((one) => {
    const these = signs.slice(one.start, one.end).map(({ fact }) => fact);
    const dates = distinct(these.map(({ observedOn }) => observedOn));
    return {
      pupilIds: distinct(these.map(({ pupilId }) => pupilId)),
      mostAtOnce: one.mostAtOnce,
      from: dates[0] ?? '',
      to: dates.at(-1) ?? '',
      codes: distinct(these.map(({ code }) => code)),
      observationIds: distinct(these.map(({ observationId }) => observationId)),
    };
  });
}

const distinct = <T>(items: readonly T[]): T[] => [...new Set(items)].sort();

/** In the order of the keys, whatever the order of the items. */
function groupedBy<K extends string | number | null, T>(
  items: readonly T[],
  keyOf: (item: T) => K,
): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return new Map([...groups].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}
