import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { recordAct } from '../db/database.ts';
import { sealConfig } from '../messages/channel-secrets.ts';
import { testMaster } from './test-deps.ts';
import { deliverAll } from './deliver-all.ts';
import { listTables, readRows } from './access-rows.ts';
import type { AccessActor, AccessRow } from './access-oracle.ts';
import { castActors, findPlaces, listPupilsOf, seatedIn, staffId } from './access-cast.ts';
import type { AccessPlaces } from './access-cast.ts';
import { installProbes } from './access-probes.ts';
import { observationInput } from './observation-input.ts';
import { startTestApi } from './test-api.ts';
import type { Requester, TestApi } from './test-api.ts';

export interface AccessTable {
  readonly name: string;
  readonly key: string;
  readonly rows: readonly AccessRow[];
}

export interface AccessWorld {
  readonly api: TestApi;
  readonly places: AccessPlaces;
  readonly actors: readonly AccessActor[];
  readonly tables: readonly AccessTable[];
  readonly pupils: AccessPupils;
  /** Proposed roles, by the act in which they were proposed. */
  readonly batches: ReadonlyMap<string, string>;
  actor(name: string): AccessActor;
}

/** One pupil of each relation; the first two are the ones whom the rules judge. */
interface AccessPupils {
  readonly own: string;
  readonly otherGrade: string;
  readonly sameGrade: string;
  readonly otherSchool: string;
}

/** Two schools with rows of every kind, everybody who asks, and the rows as the oracle reads them. */
export async function startAccessWorld(): Promise<AccessWorld> {
  const api = await startTestApi(inject('seededUrl'));
  const places = await findPlaces(api);
  const first = async (place: keyof AccessPlaces) =>
    (await listPupilsOf(api, places[place]))[4] ?? '';
  const pupils = {
    own: await first('own'),
    otherGrade: await first('otherGrade'),
    sameGrade: await first('sameGrade'),
    otherSchool: await first('otherSchool'),
  };
  await tellStories(api, places, pupils);
  const classmates = await listPupilsOf(api, places.own);
  const actors = await castActors(api, places, pupils, {
    fromAll: [pupils.own, classmates[10] ?? ''],
    reported: classmates[13] ?? '',
  });
  await breakGlass(api, pupils, classmates[10] ?? '');
  await tellEverybody(api, places);
  await sendEverybody(api);
  await drillEverybody(api);
  await proposeClosing(api);
  await requestErasures(api, places);
  await openReporters(api, Object.values(pupils));
  await proposeRoles(api, places, pupils);
  await clusterPupils(api, places, pupils, classmates);
  await ageRows(api, places, actors);
  await installProbes(api.admin);
  const tables = await Promise.all(
    (await listTables(api.admin)).map(async (table) => ({
      ...table,
      rows: await readRows(api.admin, table),
    })),
  );
  return {
    api,
    places,
    actors,
    tables,
    pupils,
    batches: await readBatches(api),
    actor: (name) => actors.find((one) => one.name === name) ?? fail(`nobody is ${name}`),
  };
}

const fail = (message: string): never => {
  throw new Error(message);
};

async function send(who: Requester, path: string, body: unknown): Promise<string> {
  const answer = await who.post(path, body);
  if (answer.status !== 201) fail(`${path} answered ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { id: string }).id;
}

/** Observations of every source, colour and class, and a monthly report; through the API. */
async function tellStories(
  api: TestApi,
  places: AccessPlaces,
  pupils: AccessPupils,
): Promise<void> {
  const { schoolId } = places.own;
  const seatA = await api.as('weiyuan-a');
  const teacher = await api.as('banzhuren');
  const counsellor = await api.asPerson(schoolId, await staffId(api, 'T120'));
  const sameGrade = await api.asPerson(schoolId, await seatedIn(api, places.sameGrade, 'A'));
  const otherGrade = await api.asPerson(schoolId, await seatedIn(api, places.otherGrade, 'B'));
  const otherSchool = await api.as('weiyuan-a', 'qinghe');
  const classmates = await listPupilsOf(api, places.own);
  const classmate = (at: number) => classmates[at] ?? fail('the class is too small');
  // One pupil with a blue alert for the class, and an orange one about staff that only counsellors may know of.
  await send(seatA, '/observations', observationInput(pupils.own));
  await send(
    seatA,
    '/observations',
    observationInput(pupils.own, { indicators: ['BUL01'], aboutWhom: 'school_staff' }),
  );
  await send(seatA, '/observations', observationInput(classmate(10), { indicators: ['SUI02'] }));
  await send(
    teacher,
    '/observations',
    observationInput(classmate(11), { indicators: ['LEA02', 'MOO02'] }),
  );
  await send(
    teacher,
    '/observations',
    observationInput(classmate(12), { indicators: ['BUL02'], aboutWhom: 'school_staff' }),
  );
  await send(counsellor, '/observations', observationInput(classmate(13)));
  await send(sameGrade, '/observations', observationInput(pupils.sameGrade));
  await send(
    otherGrade,
    '/observations',
    observationInput(pupils.otherGrade, { indicators: ['SUI07'] }),
  );
  await send(
    otherSchool,
    '/observations',
    observationInput(pupils.otherSchool, { indicators: ['SUI02'] }),
  );
  const months = (await (await seatA.get('/monthly-reports/mine')).json()) as {
    months: { month: string; state: string }[];
  };
  const open = months.months.find((one) => one.state !== 'submitted') ?? fail('no month is open');
  const observations = [observationInput(classmate(14), { words: '午饭总是一个人' })];
  await send(seatA, '/monthly-reports', {
    month: open.month,
    kindness: '帮同学讲题',
    zeroReport: false,
    observations,
  });
  const [red] = (
    (await (await counsellor.get('/alerts?colour=red&limit=50')).json()) as {
      items: { id: string; pupil: { id: string } }[];
    }
  ).items.filter((one) => one.pupil.id === classmate(10));
  await send(counsellor, `/alerts/${red?.id}/companions`, {});
  // Rows of the audit of every kind and area that are nobody's own who may read them for another reason.
  await counsellor.get(`/alerts/${red?.id}`);
  await counsellor.get(`/observations?pupil=${classmate(10)}`);
  await api.deps.db.asActor(counsellor.context, async (trx) =>
    recordAct(trx, { action: 'account.created' }),
  );
}

/**
 * The glass is or was broken for a pupil of another grade, for one from whom the person is kept away, and in the other school; and some of
 * it was reviewed. Everything was told.
 */
async function breakGlass(api: TestApi, pupils: AccessPupils, hidden: string): Promise<void> {
  const open = async (no: string, pupil: string, age = '1 minute', ended = false) => {
    const [glass] = await api.admin<{ id: string; school_id: number }[]>`
      insert into app.break_glass (school_id, id, pupil_id, person_id, category, reason, opened_at, expires_at, ended_at, review_due_at)
      select s.school_id, gen_random_uuid(), ${pupil}, s.id, 'other', 'x', x.at, x.at + interval '30 minutes',
        case when ${ended} then x.at end, x.at + interval '2 days'
      from app.staff s, (select now() - ${age}::interval as at) x where s.staff_no = ${no} returning id, school_id`;
    if (!glass) return fail(`there is no ${no}`);
    await api.admin`insert into app.outbox (school_id, id, topic, subject_id, at)
      values (${glass.school_id}, ${randomUUID()}, 'break_glass.opened', ${glass.id}, now())`;
    return glass;
  };
  const review = (glass: { id: string }, no: string) =>
    api.admin`insert into app.break_glass_reviews (school_id, id, glass_id, pupil_id, reviewer_id, verdict, note)
      select g.school_id, gen_random_uuid(), g.id, g.pupil_id, s.id, 'justified', 'x'
      from app.break_glass g, app.staff s where g.id = ${glass.id} and s.staff_no = ${no}`;
  await open('T107', pupils.otherGrade);
  await open('T113', pupils.otherGrade);
  await open('T123', pupils.otherGrade, '10 minutes', true);
  await review(await open('T121', pupils.otherGrade, '3 days'), 'T118');
  await review(await open('T109', hidden), 'T122');
  await review(await open('Q004', pupils.otherSchool), 'Q002');
}

/** Everything in the outbox is delivered: what the stories left there, and every break-glass. */
async function tellEverybody(api: TestApi, places: AccessPlaces): Promise<void> {
  const { schoolId } = places.own;
  // A colleague’s second factor was reset.
  await api.admin`insert into app.outbox (school_id, id, topic, subject_id, at)
    values (${schoolId}, ${randomUUID()}, 'second_factor.reset', ${await staffId(api, 'T117')}, now())`;
  await deliverAll(api);
  // One more that nobody could be told, and one notice about an alert that its reader cannot see.
  await api.admin`insert into app.outbox (school_id, id, topic, subject_id, at, attempts)
    select school_id, gen_random_uuid(), topic, subject_id, at, 5 from app.outbox where school_id = ${schoolId} limit 1`;
  await api.admin`insert into app.notices (school_id, id, outbox_id, person_id, kind, subject_id, at)
    select o.school_id, gen_random_uuid(), o.id, ${await staffId(api, 'T117')}, 'alert_to_know', o.subject_id, o.at
    from app.outbox o where o.school_id = ${schoolId} and o.topic = 'alert.clock_started' and o.delivered_at is not null limit 1`;
}

/** Each school has channels, some people are reached, and of each notice about an alert there is a message; some could not be sent. */
async function sendEverybody(api: TestApi): Promise<void> {
  await api.admin`insert into app.channels (school_id, id, kind, name, kek_id, config, created_by)
    select s.id, gen_random_uuid(), x.kind, 'probe', 'x', 'x', (select g.person_id from app.grants g where g.school_id = s.id and g.role = 'administrator' limit 1)
    from app.schools s, (values ('email'), ('webhook')) x(kind)`;
  for (const { id, school_id } of await api.admin<
    { id: string; school_id: number }[]
  >`select id, school_id from app.channels`)
    await api.admin`update app.channels set ${api.admin(sealConfig(testMaster, school_id, id, { kind: 'wecom', url: 'http://127.0.0.1:9/x' }))} where id = ${id}`;
  await api.admin`insert into app.contact_points (school_id, id, person_id, kind, address, proof_expires_at)
    select a.school_id, gen_random_uuid(), a.person_id, 'email', 'probe@school.example', now() from app.accounts a
    join app.staff s on s.school_id = a.school_id and s.id = a.person_id`;
  await api.admin`insert into app.messages (school_id, id, outbox_id, alert_id, person_id, channel_id, channel_kind, kind, colour, at, not_before, state)
    select n.school_id, gen_random_uuid(), n.outbox_id, n.alert_id, n.person_id, c.id, c.kind, 'alert_to_know', 'red', n.at, now(),
      case when row_number() over (order by n.id) % 3 = 0 then 'failed' when row_number() over (order by n.id) % 3 = 1 then 'sent' else 'queued' end
    from app.notices n join app.channels c on c.school_id = n.school_id and c.kind = 'email' where n.alert_id is not null`;
}

/** Of each alert a counsellor who is not asked here proposed the closing; it waits. */
async function proposeClosing(api: TestApi): Promise<void> {
  await api.admin`insert into app.alert_proposals (school_id, id, alert_id, pupil_id, act, colour_was, outcome, proposed_by, proposed_at, state)
    select a.school_id, gen_random_uuid(), a.id, a.pupil_id, 'close', a.colour, 'supported',
      (select g.person_id from app.grants g where g.school_id = a.school_id and g.role in ('counsellor', 'lead_counsellor') order by g.role = 'lead_counsellor' desc, g.id limit 1),
      now(), 'open' from app.alerts a`;
}

/** In each school a drill that runs, in which everybody with an account was asked. */
async function drillEverybody(api: TestApi): Promise<void> {
  await api.admin`insert into app.drills (school_id, id, started_by, started_at, every_minutes, with_outside, next_at)
    select s.id, gen_random_uuid(), (select g.person_id from app.grants g where g.school_id = s.id and g.role = 'school_leader' limit 1),
      now(), 1, false, 'infinity' from app.schools s`;
  await api.admin`insert into app.drill_calls (school_id, id, drill_id, position, person_id, asked_at)
    select d.school_id, gen_random_uuid(), d.id, row_number() over (partition by d.id), a.person_id, now()
    from (select * from app.drills where next_at is not null) d join app.accounts a on a.school_id = d.school_id join app.staff t on t.school_id = a.school_id and t.id = a.person_id`;
  await api.admin`insert into app.outbox (school_id, id, topic, subject_id, at, delivered_at)
    select c.school_id, c.id, 'drill.called', c.id, now(), now() from app.drill_calls c
    join app.drills d on d.school_id = c.school_id and d.id = c.drill_id and d.next_at is not null`;
  await api.admin`insert into app.messages (school_id, id, outbox_id, drill_id, person_id, channel_id, channel_kind, kind, colour, at, not_before, state)
    select c.school_id, gen_random_uuid(), c.id, c.drill_id, c.person_id, k.id, k.kind, 'drill', 'red', now(), now(), 'sent'
    from app.drill_calls c join app.drills d on d.school_id = c.school_id and d.id = c.drill_id and d.next_at is not null
    join app.channels k on k.school_id = c.school_id and k.kind = 'email' and k.enabled`;
}

/** Somebody looked who reported something about each of these, of whom one reader is kept away from the first. */
async function openReporters(api: TestApi, pupils: readonly string[]): Promise<void> {
  for (const pupil of pupils)
    await api.admin`insert into app.reporter_openings (school_id, id, observation_id, pupil_id, opened_by, purpose, reason)
      select o.school_id, gen_random_uuid(), o.id, o.pupil_id, (select g.person_id from app.grants g
        where g.school_id = o.school_id and g.role = 'counsellor' order by g.id limit 1), 'verify_report', 'x'
      from app.observations o where o.pupil_id = ${pupil} order by o.id limit 1`;
}

const readBatches = async (api: TestApi) =>
  new Map(
    (
      await api.admin<
        { id: string; batch_id: string }[]
      >`select id, batch_id from app.grant_proposals`
    ).map((row) => [row.id, row.batch_id]),
  );

/** Roles and seats that wait, in both schools: one for a leader who could approve, one for whom nobody but the lead counsellor can, one's own. */
async function proposeRoles(
  api: TestApi,
  places: AccessPlaces,
  pupils: AccessPupils,
): Promise<void> {
  const staff = async (school: number, by: string, no: string, role: string) =>
    api.admin`insert into app.grant_proposals (school_id, id, batch_id, person_id, role, scope, reason, proposed_by)
      values (${school}, ${randomUUID()}, ${randomUUID()}, ${await staffId(api, no)}, ${role}, 'school', 'new_term', ${await staffId(api, by)})`;
  const seat = async (by: string, place: keyof AccessPupils) =>
    api.admin`insert into app.grant_proposals (school_id, id, batch_id, person_id, role, scope, class_id, seat, seat_from, reason, proposed_by)
      values (${places[place].schoolId}, ${randomUUID()}, ${randomUUID()}, ${pupils[place]}, 'committee_member', 'class',
        ${places[place].classId}, 'A', '2026-01-05', 'new_term', ${await staffId(api, by)})`;
  const { schoolId } = places.own;
  const other = places.otherSchool.schoolId;
  await staff(schoolId, 'T124', 'T117', 'counsellor');
  await staff(schoolId, 'T124', 'T121', 'mentor');
  // By one leader in another's favour; by a lead counsellor; and by one in favour of a lead counsellor.
  await staff(schoolId, 'T123', 'T121', 'mentor_lead');
  await staff(schoolId, 'T116', 'T114', 'mentor');
  await staff(schoolId, 'T124', 'T116', 'mentor');
  await staff(other, 'Q003', 'Q001', 'counsellor');
  await staff(other, 'Q003', 'Q004', 'mentor');
  await staff(other, 'Q002', 'Q001', 'mentor');
  await seat('T002', 'own');
  await seat('T124', 'sameGrade');
  await seat('T116', 'otherGrade');
  await seat('Q003', 'otherSchool');
}

/** An erasure that was asked for, in each school. */
async function requestErasures(api: TestApi, places: AccessPlaces): Promise<void> {
  for (const { schoolId } of [places.own, places.otherSchool])
    await api.admin`insert into app.erasures (school_id, id, pupil_id, reason, requested_by)
      select p.school_id, gen_random_uuid(), p.id, 'left_school', (select g.person_id from app.grants g
        where g.school_id = p.school_id and g.role = 'administrator' limit 1)
      from app.pupils p where p.school_id = ${schoolId} order by p.id desc limit 1`;
}

/** A cluster of each kind: of classes, one held by somebody without a role; of a grade, for counsellors alone; of the school; and closed. */
async function clusterPupils(
  api: TestApi,
  places: AccessPlaces,
  pupils: AccessPupils,
  classmates: readonly string[],
): Promise<void> {
  const { admin } = api;
  const add = async (
    place: keyof AccessPlaces,
    members: readonly (string | undefined)[],
    changes: Record<string, string | number | boolean | null> = {},
  ) => {
    const { schoolId, gradeId, classId } = places[place];
    const id = randomUUID();
    const now = new Date();
    const cluster = {
      ...{ school_id: schoolId, id, subject: 'class', class_id: classId, grade_id: gradeId },
      ...{ colour: 'orange', status: 'open', counsellor_only: false, pupil_count: 2 },
      ...{ seen_from: '2026-01-05', seen_to: '2026-01-06', rung: 'school', asked: [] },
      ...{ first_raised_at: now, raised_at: now, ack_due_at: now, meeting_due_at: now },
      ...changes,
    };
    await admin`insert into app.cluster_alerts ${admin(cluster)}`;
    for (const pupil of members)
      await admin`insert into app.cluster_members (school_id, cluster_id, pupil_id, joined_at)
        values (${schoolId}, ${id}, ${pupil ?? ''}, now())`;
  };
  // Those that came of the stories stand in the way: one is open a place.
  await admin`delete from app.cluster_members`;
  await admin`delete from app.cluster_alerts`;
  await add('own', [pupils.own, classmates[10]]);
  await add('own', [pupils.own, classmates[11]], {
    ...{ subject: 'grade', class_id: null, counsellor_only: true },
  });
  await add('own', [classmates[12], classmates[14]], {
    ...{ subject: 'grade', class_id: null, holder_id: await staffId(api, 'T001') },
  });
  await add('sameGrade', [pupils.sameGrade], { holder_id: await staffId(api, 'T114') });
  await add('otherGrade', [pupils.otherGrade, classmates[13]], { status: 'closed' });
  await add('otherGrade', [pupils.otherGrade, classmates[12]], {
    ...{ subject: 'school', class_id: null, grade_id: null },
  });
  await add('otherSchool', [pupils.otherSchool]);
}

/** What the API cannot do yet, or only time does. */
async function ageRows(
  api: TestApi,
  places: AccessPlaces,
  actors: readonly AccessActor[],
): Promise<void> {
  const { admin } = api;
  const { schoolId } = places.own;
  // 八(2)班: yellow, held by the grade head. 八(5)班: a red one that is closed. 七(2)班: held by someone whose role has ended.
  const [yellow] = await admin<{ id: string }[]>`
    update app.alerts a set colour = 'yellow', tier = 'grade', holder_id = ${await staffId(api, 'T010')}
    from app.classes c where c.school_id = a.school_id and c.id = a.class_id and c.name = '八(2)班' and a.colour = 'blue' returning a.id`;
  await admin`update app.observations set grade_may_read = true
    where id in (select observation_id from app.alert_evidence where alert_id = ${yellow?.id ?? ''})`;
  const closed = await admin`update app.alerts a set status = 'closed' from app.classes c
    where c.school_id = a.school_id and c.id = a.class_id and c.name = '八(5)班' and a.colour = 'red' returning a.id`;
  const held = await admin`update app.alerts set holder_id = ${await staffId(api, 'T114')}
    where class_id = ${places.sameGrade.classId} and colour = 'blue' returning id`;
  if (!yellow || closed.length === 0 || held.length === 0) fail('the stories have changed');
  // 48 hours later: the other seat's report, one observation of the own seat, and what the homeroom teacher saw.
  const mark = (name: string) => {
    const context = actors.find((one) => one.name === name)?.context;
    return context?.kind === 'person' ? context.mark : fail(`nobody is ${name}`);
  };
  await admin`update app.monthly_report_bodies set own_until = now() - interval '1 second'
    where reporter_mark = ${mark('committee member, the other seat')}`;
  await admin`update app.observation_details set own_until = now() - interval '1 second'
    where observation_id = (select observation_id from app.observation_details
      where school_id = ${schoolId} and reporter_mark = ${mark('committee member, own class')} order by received_at limit 1)`;
  await admin`update app.observation_details set own_until = now() - interval '1 second'
    where school_id = ${schoolId} and source_kind = 'staff' and not counsellor_only`;
  for (const place of [places.own, places.otherSchool])
    await admin`insert into app.audit_checkpoints (school_id, seq, hash, at, key_id, signature)
      select school_id, seq, hash, now(), 'probe-key', repeat('x', 86) from app.audit_heads where school_id = ${place.schoolId}`;
  for (const place of [places.own, places.otherSchool])
    await admin`insert into app.sign_in_attempts (school_id, subject_sha256, device_sha256, last_failure_at)
      values (${place.schoolId}, ${Buffer.from('a')}, ${Buffer.from('b')}, now())`;
  // Being set up: nobody is asked for a code.
  for (const place of [places.own, places.otherSchool])
    await admin`with whose as (select s.school_id, s.id from app.staff s where s.school_id = ${place.schoolId} order by s.staff_no desc limit 1),
      factor as (insert into app.second_factors (school_id, id, person_id, kek_id, secret)
        select school_id, gen_random_uuid(), id, 'x', 'x' from whose)
      insert into app.recovery_codes (school_id, person_id, code_sha256) select school_id, id, 'probe' from whose`;
}
