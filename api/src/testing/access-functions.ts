import { randomUUID } from 'node:crypto';
import { connectForSetUp } from '@shaodian/migrations';
import type { Sql } from 'postgres';
import type { AccessActor } from './access-oracle.ts';
import { installProbes, runAs } from './access-probes.ts';
import type { Probe } from './access-probes.ts';
import type { AccessWorld } from './access-world.ts';
import { testDatabase } from './test-deps.ts';

/** What a function of schema sec is asked, and by whom. */
type Question = readonly [actor: AccessActor, statement: string];

// One entry more, with the hash that both sides must come to.
const appendOnce = `select concat('appended', sec.audit_append(
    jsonb_build_object('list', jsonb_build_array(jsonb_build_object('atUs', '1', 'action', 'alert.read', 'kind', 'read', 'area', 'wellbeing',
      'code', '', 'why', '', 'purpose', '', 'resource', '', 'subjects', jsonb_build_array('probe'), 'mac', repeat('0', 64)))),
    encode(sha256(convert_to(concat_ws(chr(31), b.hash, 'v1', sec.school(), b.seq + 1, '1', b.person, b.mark, 'alert.read', 'read', 'wellbeing',
      '', '', '', '', 'probe', repeat('0', 64)), 'UTF8')), 'hex'))) from sec.audit_begin() b`;

const rowsOf = (call: string) => `select coalesce(json_agg(x)::text, 'none') from ${call} x`;

/** Every function that looks behind row security, asked by somebody for whom it has an answer. */
export async function functionQuestions(world: AccessWorld): Promise<readonly Question[]> {
  const { admin } = world.api;
  const nobody = world.actor('nobody');
  const seatB = world.actor('committee member, the other seat');
  const { context } = seatB;
  if (context?.kind !== 'person') throw new Error('a seat is held by a person');
  const { schoolId, personId, mark } = context;
  const [account] = await admin<
    { id: string }[]
  >`select id from app.accounts where school_id = ${schoolId} and person_id = ${personId}`;
  const [observation] = await admin<{ id: string }[]>`
    select e.observation_id as id from app.alert_evidence e join app.alerts a on a.id = e.alert_id
    join app.observation_details d on d.observation_id = e.observation_id
    where d.reporter_mark = ${mark} and exists (select from app.alert_events v
      where v.alert_id = e.alert_id and v.kind = 'acknowledged' and v.at >= e.attached_at)`;
  const [month] = await admin<
    { month: string }[]
  >`select month::text from app.monthly_report_bodies where reporter_mark = ${mark}`;
  const [subject] = await admin<
    { subject: string }[]
  >`select s.subject from app.audit_subjects s join app.audit_entries e on e.school_id = s.school_id and e.seq = s.seq
    where s.school_id = ${schoolId} and e.kind = 'read' limit 1`;
  const [held] = await admin<{ holder: string }[]>`
    select holder_id as holder from app.alerts where school_id = ${schoolId} and status <> 'closed' and holder_id is not null limit 1`;
  const teacher = world.actor('homeroom teacher, own class');
  const [drill] = await admin<
    { id: string; drill_id: string }[]
  >`select id, drill_id from app.messages
    where kind = 'drill' and person_id = ${teacher.context?.kind === 'person' ? teacher.context.personId : ''}`;
  const leader = world.actor('school leader');
  const leaderId = leader.context?.kind === 'person' ? leader.context.personId : '';
  await admin`insert into app.grants (school_id, id, person_id, role, scope, starts_at, ends_at, ended_by, end_reason)
    values (${schoolId}, ${randomUUID()}, ${leaderId}, 'mentor', 'school', now() - interval '1 day', now() + interval '1 hour', ${leaderId}, 'change_of_duty')`;
  const token = 'probe-token';
  await admin`insert into app.sessions (school_id, id, account_id, person_id, token_sha256, created_at, last_seen_at, expires_at, idle_seconds)
    values (${schoolId}, ${randomUUID()}, ${account?.id ?? ''}, ${personId}, ${token}, now(), now() - interval '40 seconds', now() + interval '1 hour', 3600)`;
  await admin`insert into app.sign_in_attempts (school_id, subject_sha256, device_sha256, last_failure_at, known)
    values (${schoolId}, 'whose', 'where', now(), true)`;
  const open = `sec.open_session('${randomUUID()}', '${account?.id}', 'new', 'probe', 'who', 'where', 60, 60)`;
  const erasure = await arrangeErasure(admin, schoolId, personId);
  const counsellor = world.actor('counsellor, stepped up');
  const counsellorId = counsellor.context?.kind === 'person' ? counsellor.context.personId : '';
  const factor = randomUUID();
  const opening = await arrangeOpening(admin, schoolId, observation?.id ?? '', counsellor);
  const [session] = await admin<{ id: string }[]>`
    select id from app.sessions where token_sha256 = ${token}`;
  await admin`insert into app.second_factors (school_id, id, person_id, kek_id, secret, confirmed_at, last_used_step, last_used_at)
    values (${schoolId}, ${factor}, ${counsellorId}, 'x', 'x', now(), 0, now())`;
  await admin`insert into app.recovery_codes (school_id, person_id, code_sha256) values (${schoolId}, ${counsellorId}, 'probe')`;
  const [colleague] = await admin<{ id: string }[]>`
    select id from app.accounts where school_id = ${schoolId} and person_id = ${counsellorId}`;
  const [approving, approveSeat] = await arrangeSeat(world);
  const raise = `sec.step_up('${session?.id}', '${token}', 'raised', 'follow_up', 'who', 'where')`;
  return [
    [counsellor, rowsOf('sec.own_factor()')],
    [counsellor, rowsOf('sec.find_factor(false)')],
    [counsellor, `select sec.use_factor('${factor}', 7)::text`],
    [counsellor, "select sec.use_recovery_code('probe')::text"],
    [counsellor, `select sec.start_factor('${randomUUID()}', 'x', 'x')::text`],
    [counsellor, 'select sec.end_factor()::text'],
    [
      world.actor('administrator'),
      `select sec.reset_factor('${colleague?.id}', '${randomUUID()}', now())`,
    ],
    [world.actor('administrator'), 'select sec.people_with_factor()::text'],
    [counsellor, rowsOf(`sec.open_reporter('${opening}')`)],
    [seatB, `select (${raise} is not null)::text`],
    [seatB, `select sec.end_step_up('${session?.id}')::text`],
    [world.actor('school leader'), 'select sec.approving_leaders()::text'],
    [approving, approveSeat],
    [world.actor('school leader'), `select sec.erase_pupil('${erasure}', '${mark}')::text`],
    [nobody, rowsOf('sec.list_schools()')],
    [nobody, rowsOf('sec.list_school_ids()')],
    [nobody, rowsOf("sec.find_credentials('jiangpan', 'weiyuan-b')")],
    [nobody, rowsOf(`sec.begin_sign_in(${schoolId}, 'who', 'where')`)],
    [nobody, `select sec.is_known_device(${schoolId}, 'whose', 'where')::text`],
    [nobody, `select session_id::text from sec.find_session('${token}', true)`],
    [seatB, `select ${open}`],
    [seatB, `select coalesce(sec.set_password('${account?.id}', 'probe')::text, 'null')`],
    [seatB, rowsOf('sec.my_report_months()')],
    [seatB, `select sec.answered('${observation?.id}')::text`],
    [world.actor('school leader'), rowsOf(`sec.submission_counts('${month?.month}')`)],
    [world.actor('homeroom teacher, own class'), rowsOf(`sec.duty_phones('${world.pupils.own}')`)],
    [world.actor('homeroom teacher, own class'), "select sec.classes_as('homeroom_teacher')::text"],
    [world.actor('grade head, own grade'), "select sec.classes_as('grade_head')::text"],
    [world.actor('administrator'), "select sec.has_role('administrator')::text"],
    [world.actor('every reader, kept away'), 'select sec.excluded_pupils()::text'],
    [world.actor('every reader, kept away'), 'select sec.clusters_kept_from()::text'],
    [
      world.actor('the rules, judging in the own class'),
      "select nullif(count(*), 0)::text || ' facts' from sec.cluster_facts(array['SUI02'])",
    ],
    [world.actor('school leader, glass broken'), 'select sec.glass_pupils()::text'],
    // For nobody but the rules, who ask in no name of a person.
    [world.actor('administrator'), "select (sec.unable_to_sign_in() = '{}')::text"],
    [world.actor('administrator'), "select (sec.absent_people(now()) = '{}')::text"],
    [world.actor('administrator'), "select ('administrator' = any (sec.roles_held()))::text"],
    [
      world.actor('school leader'),
      `select (count(*) > 0)::text from sec.pupils_of_holder('${held?.holder}')`,
    ],
    [leader, 'select sec.just_relieved()::text'],
    // The person, and of a pupil the mark: what the head of the chain says of who acts.
    [seatB, "select concat(hash <> '', mark <> '') from sec.audit_begin()"],
    [seatB, appendOnce],
    [
      world.actor('lead counsellor'),
      rowsOf(`sec.audit_of_subject('${subject?.subject}', 1000000, 9)`),
    ],
    [world.actor('school leader'), rowsOf("sec.audit_counts('2000-01-01')")],
    [world.actor('on red duty, no role'), "select sec.on_duty('red')::text"],
    [
      world.actor('homeroom teacher, own class'),
      "select (count(*) > 0)::text from sec.proving_channel('email')",
    ],
    [
      world.actor('school leader'),
      `select (count(*) > 0)::text from sec.drill_messages('${drill?.drill_id}')`,
    ],
    [world.actor('homeroom teacher, own class'), `select sec.open_drill_message('${drill?.id}')`],
    [
      world.actor('homeroom teacher, own class'),
      `select concat('settled', sec.settle_drill_messages('${drill?.drill_id}')::text)`,
    ],
  ];
}

/** The lead counsellor, ready to approve a pupil for a seat that nobody holds any more. */
async function arrangeSeat({ api, actor, places, pupils }: AccessWorld): Promise<Question> {
  const lead = actor('lead counsellor');
  if (lead.context?.kind !== 'person') throw new Error('a lead counsellor is a person');
  const { schoolId, classId } = places.sameGrade;
  await api.admin`update app.committee_seats set ends_on = current_date where class_id = ${classId} and seat = 'A'`;
  const [row] = await api.admin<{ id: string }[]>`
    select id from app.grant_proposals where school_id = ${schoolId} and person_id = ${pupils.sameGrade} and decision is null`;
  const until = new Date(8.64e15);
  return [
    {
      ...lead,
      context: { ...lead.context, steppedUp: { until, purpose: 'approve_grants' } },
    },
    `update app.grant_proposals set decision = 'approved', decided_by = '${lead.context.personId}' where id = '${row?.id}'`,
  ];
}

/** A look that is still open, which through the app it is in its own transaction only. */
async function arrangeOpening(
  admin: Sql,
  schoolId: number,
  observationId: string,
  { context }: AccessActor,
): Promise<string> {
  const id = randomUUID();
  if (context?.kind !== 'person') throw new Error('a counsellor is a person');
  await admin`insert into app.reporter_openings (school_id, id, observation_id, pupil_id, opened_by, opened_at, purpose, reason)
    select ${schoolId}, ${id}, o.id, o.pupil_id, ${context.personId}, 'infinity', 'verify_report', 'x'
    from app.observations o where o.school_id = ${schoolId} and o.id = ${observationId}`;
  return id;
}

/** A pupil with everything that an erasure takes away, and the request for it. */
async function arrangeErasure(admin: Sql, schoolId: number, pupilId: string): Promise<string> {
  const [observation, alert, erasure] = [randomUUID(), randomUUID(), randomUUID()];
  const place = admin`select ${schoolId}::int as school_id, p.id as pupil_id, p.grade_id, p.class_id from app.pupils p
    where p.school_id = ${schoolId} and p.id = ${pupilId}`;
  await admin`insert into app.data_keys (school_id, id, subject_kind, subject_id, kek_id, wrapped)
    values (${schoolId}, ${randomUUID()}, 'pupil', ${pupilId}, 'x', 'x') on conflict do nothing`;
  await admin`insert into app.observations (school_id, id, pupil_id, grade_id, class_id, week, source, indicators, counsellor_only)
    select school_id, ${observation}, pupil_id, grade_id, class_id, '2026-09-07', 'staff', '{MOO01}', false from (${place}) x`;
  await admin`insert into app.observation_details (school_id, observation_id, pupil_id, grade_id, class_id, source_kind, counsellor_only,
      reporter_mark, observed_on, received_at, known_by, since_when, how_often, words)
    select school_id, ${observation}, pupil_id, grade_id, class_id, 'staff', false, 'x', '2026-09-07', now(), 'seen', 'today', 'once', 'x' from (${place}) x`;
  await admin`insert into app.alerts (school_id, id, pupil_id, grade_id, class_id, colour, tier, status, counsellor_only, guardian_locked,
      mandatory_report, needs_review, first_raised_at, raised_at, ack_clock, ack_due_at, note)
    select school_id, ${alert}, pupil_id, grade_id, class_id, 'blue', 'class', 'closed', false, false, false, 'no-holder', now(), now(), 'blue', now(), 'x'
    from (${place}) x`;
  await admin`insert into app.alert_events (school_id, id, alert_id, grade_id, class_id, counsellor_only, at, kind, colour, next_step, note)
    select school_id, ${randomUUID()}, ${alert}, grade_id, class_id, false, now(), 'acknowledged', 'blue', 'other', 'x' from (${place}) x`;
  await admin`insert into app.erasures (school_id, id, pupil_id, reason, requested_by)
    select ${schoolId}, ${erasure}, ${pupilId}, 'left_school', g.person_id from app.grants g
    where g.school_id = ${schoolId} and g.role = 'administrator' limit 1`;
  return erasure;
}

/** The answers, in order; nothing is kept. */
export async function askFunctions(
  probe: Probe,
  questions: readonly Question[],
): Promise<string[]> {
  const answers: string[] = [];
  for (const [actor, statement] of questions)
    answers.push(...(await runAs(probe, actor, [statement])));
  return answers;
}

export interface EmptySchool {
  readonly admin: Sql;
  stop(): Promise<void>;
}

/** A migrated database without any school: the only one in which a school can be founded. */
export async function startEmptySchool(seededUrl: string): Promise<EmptySchool> {
  const url = new URL(seededUrl);
  url.pathname = `/t_${randomUUID().slice(0, 8)}`;
  const maintenance = connectForSetUp(seededUrl);
  await maintenance
    .unsafe(`create database "${url.pathname.slice(1)}" template template0`)
    .finally(() => maintenance.end());
  await (await testDatabase(url.href)).stop();
  const admin = connectForSetUp(url.href);
  await installProbes(admin);
  return { admin, stop: () => admin.end() };
}

/** Founds a school the way the first run does, and says whether it worked. */
export function foundingQuestion(): string {
  const id = () => `'${randomUUID()}'::uuid`;
  const ids = Array.from({ length: 5 }, id).join(', ');
  return `select (sec.found_school('probe', 'probe', ${id()}, 'a', ${id()}, 'aa', 'hash', ${id()}, 'b', ${id()}, 'bb', 'hash',
    array[${ids}], now(), array['term'], array['2026-09-01'::date], array['2027-01-31'::date]) is not null)::text`;
}
