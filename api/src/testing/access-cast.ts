import { randomUUID } from 'node:crypto';
import type { Role } from '@shaodian/rules';
import type { SteppedUp } from '../db/context.ts';
import { testMaster } from './test-deps.ts';
import type { TestApi } from './test-api.ts';
import type { AccessActor } from './access-oracle.ts';

/** A class of a school of the cast. */
export interface Place {
  readonly schoolId: number;
  readonly gradeId: number;
  readonly classId: number;
}

export interface AccessPlaces {
  readonly own: Place;
  readonly sameGrade: Place;
  readonly otherGrade: Place;
  readonly otherSchool: Place;
}

async function findPlace(api: TestApi, school: string, name: string): Promise<Place> {
  const [row] = await api.admin<Place[]>`
    select c.school_id as "schoolId", c.grade_id as "gradeId", c.id as "classId"
    from app.classes c join app.schools s on s.id = c.school_id where s.code = ${school} and c.name = ${name}`;
  if (!row) throw new Error(`there is no ${school} ${name}`);
  return row;
}

export const findPlaces = async (api: TestApi): Promise<AccessPlaces> => ({
  own: await findPlace(api, 'jiangpan', '七(1)班'),
  sameGrade: await findPlace(api, 'jiangpan', '七(2)班'),
  otherGrade: await findPlace(api, 'jiangpan', '八(1)班'),
  otherSchool: await findPlace(api, 'qinghe', '七(1)班'),
});

export const staffId = async (api: TestApi, no: string): Promise<string> => {
  const [row] = await api.admin<{ id: string }[]>`select id from app.staff where staff_no = ${no}`;
  if (!row) throw new Error(`there is no ${no}`);
  return row.id;
};

/** The pupils of a class without those in a seat, in one order. */
export async function listPupilsOf(api: TestApi, place: Place): Promise<string[]> {
  const rows = await api.admin<{ id: string }[]>`
    select p.id from app.pupils p where p.class_id = ${place.classId}
      and not exists (select from app.committee_seats s where s.person_id = p.id) order by p.name, p.id`;
  return rows.map((row) => row.id);
}

export async function seatedIn(api: TestApi, place: Place, seat: 'A' | 'B'): Promise<string> {
  const [row] = await api.admin<{ person_id: string }[]>`
    select person_id from app.committee_seats where class_id = ${place.classId} and seat = ${seat} and ends_on is null`;
  if (!row) throw new Error('nobody sits there');
  return row.person_id;
}

const steppedUp = { until: new Date(8.64e15), purpose: 'verify_report' } as const;
const toBreakGlass = { until: new Date(8.64e15), purpose: 'break_glass' } as const;

interface Standing {
  /** The password was given again. */
  readonly steppedUp?: SteppedUp;
  readonly roles?: AccessActor['roles'];
  readonly onRedDuty?: boolean;
  readonly seat?: AccessActor['seat'];
  readonly excludedFrom?: readonly string[];
  readonly openedFor?: readonly string[];
}

const person = (
  name: string,
  schoolId: number,
  personId: string,
  standing: Standing = {},
): AccessActor => ({
  name,
  context: {
    kind: 'person',
    schoolId,
    personId,
    mark: testMaster.markOf(schoolId, 'reporter', personId),
    steppedUp: standing.steppedUp ?? null,
  },
  roles: standing.roles ?? [],
  onRedDuty: standing.onRedDuty ?? false,
  excludedFrom: standing.excludedFrom ?? [],
  openedFor: standing.openedFor ?? [],
  seat: standing.seat ?? null,
});

const tomorrow = () => new Date(Date.now() + 86_400_000);
const yesterday = () => new Date(Date.now() - 86_400_000);

/** Roles that the seeded school does not have alone: one person each, of the teachers without any role. */
async function appoint(api: TestApi, places: AccessPlaces): Promise<void> {
  const { schoolId, classId } = places.own;
  const grant = async (
    no: string,
    role: Role,
    starts: Date,
    ends: Date | null,
    ofClass = false,
  ) => {
    await api.admin`insert into app.grants (school_id, id, person_id, role, scope, class_id, starts_at, ends_at)
      values (${schoolId}, ${randomUUID()}, ${await staffId(api, no)}, ${role}, ${ofClass ? 'class' : 'school'},
        ${ofClass ? classId : null}, ${starts}, ${ends})`;
  };
  const duty = async (no: string, starts: Date, ends: Date | null) => {
    await api.admin`insert into app.duty_slots (school_id, id, duty, position, person_id, starts_at, ends_at)
      values (${schoolId}, ${randomUUID()}, 'red', 9, ${await staffId(api, no)}, ${starts}, ${ends})`;
  };
  await grant('T116', 'lead_counsellor', yesterday(), null);
  await grant('T107', 'school_leader', yesterday(), null);
  await duty('T115', yesterday(), null);
  const absence = async (no: string, starts: Date, ends: Date) => {
    await api.admin`insert into app.absences (school_id, id, person_id, starts_at, ends_at)
      values (${schoolId}, ${randomUUID()}, ${await staffId(api, no)}, ${starts}, ${ends})`;
  };
  await absence('T110', yesterday(), tomorrow());
  await absence('T115', tomorrow(), new Date('2050-01-01'));
  await absence('T120', tomorrow(), new Date('2050-01-01'));
  await absence('T118', new Date('2026-01-05'), yesterday());
  for (const role of ['lead_counsellor', 'school_leader'] as const)
    await grant('T109', role, yesterday(), null);
  await grant('T109', 'homeroom_teacher', yesterday(), null, true);
  await duty('T109', yesterday(), null);
  const everyReader: Role[] = [
    'counsellor',
    'lead_counsellor',
    'school_leader',
    'administrator',
    'data_protection_officer',
  ];
  for (const [no, starts, ends] of [
    ['T113', new Date(0), yesterday()],
    ['T112', tomorrow(), null],
  ] as const) {
    for (const role of everyReader) await grant(no, role, starts, ends);
    await grant(no, 'homeroom_teacher', starts, ends, true);
    await duty(no, starts, ends);
  }
  for (const role of ['mentor', 'mentor_lead', 'expert', 'district_viewer', 'pupil'] as const)
    await grant('T110', role, yesterday(), null);
}

/** Pupils from whom somebody of the cast is kept away. */
interface KeptAway {
  /** Two pupils, from all of whose readers one is kept away. */
  readonly fromAll: readonly string[];
  /** The pupil about whom the counsellor reported within 48 hours. */
  readonly reported: string;
}

/** One person with every reading role, the counsellor for one pupil, and an exclusion that has ended. */
async function keepAway(api: TestApi, places: AccessPlaces, kept: KeptAway): Promise<void> {
  const { schoolId, classId, gradeId } = places.own;
  const decidedBy = await staffId(api, 'T118');
  const keep = async (no: string, pupil: string, ends: Date | null) => {
    await api.admin`insert into app.exclusions (school_id, id, person_id, pupil_id, class_id, grade_id, kind, starts_at, ends_at, decided_by, ended_by)
      values (${schoolId}, ${randomUUID()}, ${await staffId(api, no)}, ${pupil}, ${classId}, ${gradeId}, 'relative', ${new Date(0)}, ${ends},
        ${decidedBy}, ${ends && decidedBy})`;
  };
  for (const pupil of kept.fromAll) {
    await keep('T109', pupil, null);
    await keep('T116', pupil, yesterday());
  }
  await keep('T120', kept.reported, null);
}

/** A pupil whose seat and grant in the own class have ended. */
async function retire(api: TestApi, places: AccessPlaces): Promise<string> {
  const { schoolId, classId, gradeId } = places.own;
  const pupil = (await listPupilsOf(api, places.own)).at(-1) ?? '';
  await api.admin`insert into app.committee_seats (school_id, id, class_id, grade_id, seat, person_id, starts_on, ends_on)
    values (${schoolId}, ${randomUUID()}, ${classId}, ${gradeId}, 'A', ${pupil}, '2020-09-01', '2021-01-31')`;
  await api.admin`insert into app.grants (school_id, id, person_id, role, scope, class_id, starts_at, ends_at)
    values (${schoolId}, ${randomUUID()}, ${pupil}, 'committee_member', 'class', ${classId}, ${new Date(0)}, ${yesterday()})`;
  return pupil;
}

/** Everybody who asks, with the roles they hold now. */
export async function castActors(
  api: TestApi,
  places: AccessPlaces,
  judged: { readonly own: string; readonly otherGrade: string; readonly otherSchool: string },
  kept: KeptAway,
): Promise<AccessActor[]> {
  await appoint(api, places);
  await keepAway(api, places, kept);
  const { schoolId } = places.own;
  const pupilWithoutSeat = (await listPupilsOf(api, places.own)).at(-2) ?? '';
  const retired = await retire(api, places);
  const staff = async (name: string, no: string, standing: Standing = {}) =>
    person(name, places.own.schoolId, await staffId(api, no), standing);
  const member = async (name: string, place: Place, seat: 'A' | 'B') =>
    person(name, place.schoolId, await seatedIn(api, place, seat), {
      roles: [{ role: 'committee_member', classId: place.classId }],
      seat: { classId: place.classId, seat },
    });
  const foreign = async (name: string, no: string, standing: Standing) =>
    person(name, places.otherSchool.schoolId, await staffId(api, no), standing);
  const role = (...names: Role[]) => names.map((one) => ({ role: one }));
  const teacherOf = (place: Place) => [
    { role: 'homeroom_teacher' as const, classId: place.classId },
  ];
  const headOf = (place: Place) => [{ role: 'grade_head' as const, gradeId: place.gradeId }];
  return [
    await member('committee member, own class', places.own, 'A'),
    await member('committee member, the other seat', places.own, 'B'),
    await member('committee member, other class', places.sameGrade, 'A'),
    await member('committee member, other grade', places.otherGrade, 'B'),
    person('committee member whose seat ended', schoolId, retired),
    person('pupil without seat', schoolId, pupilWithoutSeat),
    await staff('homeroom teacher, own class', 'T002', { roles: teacherOf(places.own) }),
    await staff('homeroom teacher, other class', 'T003', { roles: teacherOf(places.sameGrade) }),
    await staff('homeroom teacher, other grade', 'T011', { roles: teacherOf(places.otherGrade) }),
    await staff('grade head, own grade', 'T001', { roles: headOf(places.own) }),
    await staff('grade head, other grade', 'T010', { roles: headOf(places.otherGrade) }),
    await staff('counsellor', 'T120', {
      roles: role('counsellor'),
      excludedFrom: [kept.reported],
    }),
    await staff('counsellor, stepped up', 'T120', {
      roles: role('counsellor'),
      excludedFrom: [kept.reported],
      steppedUp,
    }),
    await staff('counsellor on red duty', 'T119', { roles: role('counsellor'), onRedDuty: true }),
    await staff('lead counsellor', 'T116', { roles: role('lead_counsellor') }),
    await staff('lead counsellor, counsellor, on red duty', 'T118', {
      roles: role('lead_counsellor', 'counsellor'),
      onRedDuty: true,
    }),
    await staff('lead counsellor, stepped up', 'T116', {
      roles: role('lead_counsellor'),
      steppedUp,
    }),
    await staff('homeroom teacher, own class, stepped up', 'T002', {
      roles: teacherOf(places.own),
      steppedUp,
    }),
    await staff('school leader', 'T121', { roles: role('school_leader') }),
    await staff('school leader, glass broken', 'T107', {
      roles: role('school_leader'),
      openedFor: [judged.otherGrade],
      steppedUp: toBreakGlass,
    }),
    await staff('school leader on red duty', 'T123', {
      roles: role('school_leader'),
      onRedDuty: true,
    }),
    await staff('data-protection officer', 'T122', { roles: role('data_protection_officer') }),
    await staff('administrator', 'T124', { roles: role('administrator') }),
    await staff('on red duty, no role', 'T115', { onRedDuty: true }),
    await staff('every reader, kept away', 'T109', {
      roles: [...role('lead_counsellor', 'school_leader'), ...teacherOf(places.own)],
      onRedDuty: true,
      excludedFrom: kept.fromAll,
      openedFor: kept.fromAll.slice(1),
      steppedUp: toBreakGlass,
    }),
    await staff('teacher without role', 'T117'),
    await staff('holder without role', 'T114'),
    // They broke the glass while they were a leader.
    await staff('every role and duty, ended', 'T113', { steppedUp: toBreakGlass }),
    await staff('every role and duty, not yet', 'T112'),
    await staff('mentor, expert, district viewer', 'T110', {
      roles: role('mentor', 'mentor_lead', 'expert', 'district_viewer', 'pupil'),
    }),
    await member('committee member, other school', places.otherSchool, 'A'),
    await foreign('homeroom teacher, other school', 'Q001', {
      roles: teacherOf(places.otherSchool),
      onRedDuty: true,
    }),
    await foreign('lead counsellor, other school', 'Q002', {
      roles: role('lead_counsellor', 'counsellor'),
      onRedDuty: true,
    }),
    await foreign('lead counsellor, other school, stepped up', 'Q002', {
      roles: role('lead_counsellor', 'counsellor'),
      onRedDuty: true,
      steppedUp,
    }),
    await foreign('administrator, other school', 'Q003', { roles: role('administrator') }),
    await foreign('school leader, other school', 'Q004', {
      roles: role('school_leader'),
      onRedDuty: true,
      openedFor: [judged.otherSchool],
      steppedUp: toBreakGlass,
    }),
    judging('the rules, judging in the own class', schoolId, judged.own),
    judging('the rules, judging in the other grade', schoolId, judged.otherGrade),
    {
      name: 'the API itself',
      context: { kind: 'system', schoolId },
      roles: [],
      onRedDuty: false,
      seat: null,
      excludedFrom: [],
      openedFor: [],
    },
    {
      name: 'nobody',
      context: null,
      roles: [],
      onRedDuty: false,
      seat: null,
      excludedFrom: [],
      openedFor: [],
    },
  ];
}

const judging = (name: string, schoolId: number, pupilId: string): AccessActor => ({
  name,
  context: { kind: 'evaluation', schoolId, pupilId },
  roles: [],
  onRedDuty: false,
  excludedFrom: [],
  openedFor: [],
  seat: null,
});
