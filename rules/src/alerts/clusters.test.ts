import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays } from '../clocks/dates.ts';
import { autumnCalendar } from '../testing/autumn-calendar.ts';
import { codesOf, factOf, now, someFact } from '../testing/facts.ts';
import type { IndicatorCode } from '../vocabulary.ts';
import { clusterChange, clusterCodes, findClusters } from './clusters.ts';
import type { Cluster, KnownCluster, PupilFact } from './clusters.ts';

const first = '2026-10-12';
const seen = (
  pupilId: string,
  day: number,
  rest: Partial<PupilFact> & { code?: IndicatorCode } = {},
): PupilFact => ({
  ...factOf(rest.code ?? 'SUI04', {
    observationId: `${pupilId}-${day}`,
    observedOn: addDays(first, day),
    receivedAt: `${addDays(first, day)}T09:00:00.000Z`,
  }),
  pupilId,
  classId: 1,
  gradeId: 7,
  ...rest,
});
const find = (...facts: readonly PupilFact[]): Cluster[] =>
  findClusters(facts, now, autumnCalendar);
const found = (...facts: readonly PupilFact[]): string[] =>
  find(...facts).map(
    ({ subject, subjectId, pupilIds, counsellorOnly }) =>
      `${subject} ${subjectId ?? '-'}: ${pupilIds.join(' ')}${counsellorOnly ? ' (counsellors)' : ''}`,
  );
const inClass = (classId: number, gradeId = 7) => ({ classId, gradeId });
const aboutStaff = { aboutWhom: 'school_staff' as const };

describe('R13: a class', () => {
  it('two pupils within 14 days are a cluster; a day later they are not', () => {
    expect(found(seen('a', 0), seen('b', 14))).toEqual(['class 1: a b']);
    expect(found(seen('a', 0), seen('b', 15))).toEqual([]);
  });

  it('the same pupil twice is one pupil', () => {
    expect(found(seen('a', 0), seen('a', 3, { code: 'SUI07' }))).toEqual([]);
  });

  it.each([
    ['SUI09', ['class 1: a b']],
    ['SUI02', ['class 1: a b']],
    ['SUI10', []],
    ['SUI12', []],
    ['VIO01', []],
    ['WOR01', []],
  ] as const)('a second pupil with %s', (code, expected) => {
    expect(found(seen('a', 0), seen('b', 1, { code }))).toEqual(expected);
  });

  it('a grave event that self-harm makes serious (R0) is no sign of self-harm', () => {
    const event = [seen('b', 1, { code: 'FAM01' }), seen('b', 1, { code: 'SUI10' })];
    expect(found(seen('a', 0), ...event)).toEqual([]);
  });

  it('who has moved counts in the class in which it was seen', () => {
    expect(found(seen('a', 0, inClass(2)), seen('a', 5), seen('b', 14, inClass(2)))).toEqual([
      'class 2: a b',
    ]);
    expect(found(seen('a', 0, inClass(2)), seen('b', 1))).toEqual([]);
  });

  it('what arrived after the moment asked about does not count', () => {
    const late = seen('b', 1, { receivedAt: '2026-11-24T04:00:00.001Z' });
    expect(found(seen('a', 0), late)).toEqual([]);
  });

  it('windows that share a sign are one cluster, others are apart', () => {
    expect(found(seen('a', 0), seen('b', 10), seen('c', 20))).toEqual(['class 1: a b c']);
    expect(found(seen('a', 0), seen('b', 1), seen('a', 20), seen('b', 21))).toEqual([
      'class 1: a b',
      'class 1: a b',
    ]);
    expect(find(seen('a', 0), seen('b', 10), seen('c', 20))[0]).toMatchObject({
      mostAtOnce: 2,
      from: first,
      to: addDays(first, 20),
      codes: ['SUI04'],
      observationIds: ['a-0', 'b-10', 'c-20'],
    });
  });
});

describe('R13: a grade and a school', () => {
  const three = (day: number) => [
    seen('a', 0, inClass(1)),
    seen('b', 3, inClass(2)),
    seen('c', day, inClass(3)),
  ];

  it('three pupils of three classes of one grade within 14 days', () => {
    expect(found(...three(14))).toEqual(['grade 7: a b c']);
    expect(found(...three(15))).toEqual([]);
    expect(found(...three(14).slice(1))).toEqual([]);
  });

  it('a class and its grade both fire', () => {
    expect(found(seen('a', 0), seen('b', 1), seen('c', 2))).toEqual([
      'class 1: a b c',
      'grade 7: a b c',
    ]);
  });

  const five = (day: number) =>
    ['a', 'b', 'c', 'd', 'e'].map((pupil, index) =>
      seen(pupil, index === 4 ? day : index, inClass(index, 7 + (index % 3))),
    );

  it('five pupils of the school within 30 days', () => {
    expect(found(...five(30))).toEqual(['school -: a b c d e']);
    expect(found(...five(31))).toEqual([]);
    expect(found(...five(30).slice(1))).toEqual([]);
  });
});

describe('what is about school staff', () => {
  it('makes a cluster for counsellors, and none for the others', () => {
    expect(found(seen('a', 0), seen('b', 1, aboutStaff))).toEqual(['class 1: a b (counsellors)']);
  });

  it('changes nothing of the cluster that others see', () => {
    const open = [seen('a', 0), seen('b', 1)];
    const [alone] = find(...open);
    expect(find(...open, seen('c', 2, aboutStaff))[0]).toEqual(alone);
    expect(found(...open, seen('c', 2, aboutStaff))).toEqual([
      'class 1: a b',
      'class 1: a b c (counsellors)',
      'grade 7: a b c (counsellors)',
    ]);
  });

  it('is not said twice where the others see everybody in it', () => {
    expect(found(seen('a', 0), seen('b', 1), seen('a', 2, aboutStaff))).toEqual(['class 1: a b']);
  });
});

describe('a cluster beside those known', () => {
  const known = (rest: Partial<KnownCluster> = {}): KnownCluster => ({
    id: 'k',
    subject: 'class',
    subjectId: 1,
    counsellorOnly: false,
    closed: false,
    pupilIds: ['a', 'b'],
    from: first,
    to: addDays(first, 3),
    ...rest,
  });
  const [cluster] = find(seen('a', 0), seen('b', 3), seen('c', 9));
  const change = (...those: readonly KnownCluster[]) => cluster && clusterChange(cluster, those);

  it('is raised where there is none on its subject', () => {
    expect(change()).toEqual({ kind: 'raise' });
    expect(change(known({ subjectId: 2 }))).toEqual({ kind: 'raise' });
    expect(change(known({ subject: 'grade', subjectId: 7 }))).toEqual({ kind: 'raise' });
    expect(change(known({ counsellorOnly: true }))).toEqual({ kind: 'raise' });
  });

  it('is attached to the one that is open, with the pupils who are new', () => {
    expect(change(known())).toEqual({ kind: 'attach', id: 'k', newPupils: ['c'], isNews: true });
    expect(change(known({ pupilIds: ['a', 'b', 'c'] }))).toEqual({
      kind: 'attach',
      id: 'k',
      newPupils: [],
      isNews: false,
    });
    const longAgo = { from: '2026-03-02', to: '2026-03-20', pupilIds: ['a', 'b', 'c'] };
    expect(change(known(longAgo))).toEqual({
      kind: 'attach',
      id: 'k',
      newPupils: [],
      isNews: true,
    });
  });

  it('that was closed counts again only with a new pupil, or at another time', () => {
    const closed = known({ closed: true });
    expect(change(closed)).toEqual({ kind: 'raise' });
    expect(change({ ...closed, pupilIds: ['a', 'b', 'c'] })).toEqual({ kind: 'none' });
    const before = { from: '2026-03-02', to: '2026-03-20' };
    expect(change({ ...closed, ...before, pupilIds: ['a', 'b', 'c'] })).toEqual({ kind: 'raise' });
  });
});

describe('whatever is known of a school', () => {
  const someFacts = fc.array(
    fc
      .tuple(
        someFact({ codes: [...clusterCodes(), ...codesOf('emergency')] }),
        fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
        fc.constantFrom(inClass(1), inClass(2), inClass(3), inClass(4, 8)),
      )
      .map(([fact, pupilId, place]) => ({
        ...fact,
        observationId: `${fact.observationId}-${pupilId}`,
        pupilId,
        ...place,
      })),
    { maxLength: 14 },
  );
  const runs = { numRuns: 500 };

  it('order and duplicates change nothing', () => {
    const shuffled = someFacts.chain((facts) =>
      fc.tuple(
        fc.constant(facts),
        fc.shuffledSubarray([...facts, ...facts], { minLength: facts.length * 2 }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([facts, again]) => {
        expect(find(...again)).toEqual(find(...facts));
      }),
      runs,
    );
  });

  it('more evidence never takes a cluster or a pupil away', () => {
    fc.assert(
      fc.property(someFacts, someFacts, (facts, more) => {
        const after = find(...facts, ...more);
        for (const before of find(...facts)) {
          const same = after.filter(
            ({ subject, subjectId, counsellorOnly }) =>
              subject === before.subject &&
              subjectId === before.subjectId &&
              (before.counsellorOnly || !counsellorOnly),
          );
          const inOne = same.some(
            (one) =>
              before.pupilIds.every((pupil) => one.pupilIds.includes(pupil)) &&
              one.from <= before.from &&
              before.to <= one.to,
          );
          // What only counsellors knew may come apart into what everybody sees; then nobody is lost.
          const all = same.flatMap(({ pupilIds }) => pupilIds);
          expect(
            inOne ||
              (before.counsellorOnly && before.pupilIds.every((pupil) => all.includes(pupil))),
          ).toBe(true);
        }
      }),
      runs,
    );
  });

  it('signs about school staff change nothing of what others see', () => {
    fc.assert(
      fc.property(someFacts, (facts) => {
        const shown = (these: readonly PupilFact[]) =>
          find(...these).filter(({ counsellorOnly }) => !counsellorOnly);
        expect(shown(facts)).toEqual(
          shown(facts.filter(({ aboutWhom }) => aboutWhom !== 'school_staff')),
        );
      }),
      runs,
    );
  });

  it('every cluster stands on as many pupils as the policy asks for', () => {
    const least = { class: 2, grade: 3, school: 5 };
    fc.assert(
      fc.property(someFacts, (facts) => {
        for (const { subject, mostAtOnce, pupilIds } of find(...facts)) {
          expect(mostAtOnce).toBeGreaterThanOrEqual(least[subject]);
          expect(pupilIds.length).toBeGreaterThanOrEqual(mostAtOnce);
        }
      }),
      runs,
    );
  });
});
