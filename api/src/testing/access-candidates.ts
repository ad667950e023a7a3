import { randomUUID } from 'node:crypto';
import { isAllowed } from './access-oracle.ts';
import type { AccessActor, AccessRow } from './access-oracle.ts';
import { blankRow } from './access-rows.ts';
import { mayInsert, mayInsertEvent, maySee } from './access-table.ts';
import type { Place } from './access-cast.ts';
import type { AccessWorld } from './access-world.ts';

/** A row that someone might write: what the oracle says of it, and the statement. */
export interface Candidate {
  readonly relation: string;
  readonly allowed: boolean;
  readonly statement: string;
}

interface Setting {
  readonly world: AccessWorld;
  readonly actor: AccessActor;
  readonly relation: keyof AccessWorld['places'];
  readonly place: Place;
  readonly pupil: string;
  /** Whom the row names, and whose mark it carries. */
  readonly named: 'oneself' | 'another';
  readonly person: string;
  readonly mark: string;
}

type Values = Readonly<Record<string, string | number | boolean | null>>;
type Maker = (setting: Setting) => readonly (readonly [Values, Partial<AccessRow>])[];

const literal = (value: Values[string]) =>
  value === null
    ? 'null'
    : typeof value === 'string'
      ? `'${value.replaceAll("'", "''")}'`
      : String(value);

const insertInto = (table: string, values: Values) =>
  `insert into app.${table} (${Object.keys(values).join(', ')}) values (${Object.values(values).map(literal).join(', ')})`;

const now = '2026-01-05T04:00:00Z';
const at = ({ place }: Setting) => ({
  school_id: place.schoolId,
  grade_id: place.gradeId,
  class_id: place.classId,
});
const school = ({ place }: Setting) => ({ school_id: place.schoolId });
const one = (values: Values, row: Partial<AccessRow> = {}) => [[values, row] as const];

/** An alert, observation or report that exists in the place of the setting; so that a refusal is never for want of one. */
const existing = (
  setting: Setting,
  table: string,
  test: (row: AccessRow) => boolean = () => true,
) =>
  setting.world.tables
    .find((entry) => entry.name === table)
    ?.rows.find((row) => row.class === setting.place.classId && test(row));
const idOf = (row: AccessRow | undefined) => row?.key.split('/')[1] ?? randomUUID();

const makers: Readonly<Record<string, Maker>> = {
  schools: () => one({ code: 'probe', name: 'probe', created_at: now }),
  terms: (s) =>
    one({ ...school(s), name: 'probe', starts_on: '2030-01-01', ends_on: '2030-02-01' }),
  calendar_days: (s) => one({ ...school(s), day: '2030-01-01', kind: 'holiday' }),
  grades: (s) => one({ ...school(s), name: 'probe', ordinal: 12 }),
  classes: (s) => one({ ...school(s), grade_id: s.place.gradeId, number: 98, name: 'probe' }),
  people: (s) => one({ ...school(s), id: randomUUID(), kind: 'staff' }),
  staff: (s) => one({ ...school(s), id: randomUUID(), name: 'probe', sex: 'unknown' }),
  pupils: (s) => one({ ...at(s), id: randomUUID(), name: 'probe', sex: 'unknown' }),
  pupil_records: (s) => one({ ...at(s), pupil_id: s.pupil }),
  accounts: (s) => one({ ...school(s), id: randomUUID(), person_id: s.person, name: 'probe' }),
  second_factors: (s) =>
    one({ ...school(s), id: randomUUID(), person_id: s.person, kek_id: 'x', secret: 'x' }),
  recovery_codes: (s) => one({ ...school(s), person_id: s.person, code_sha256: 'probe' }),
  account_secrets: (s) => one({ ...school(s), account_id: randomUUID(), password_hash: 'probe' }),
  sign_in_attempts: (s) =>
    one({ ...school(s), subject_sha256: 'x', device_sha256: 'x', last_failure_at: now }),
  sessions: (s) =>
    one({
      ...school(s),
      id: randomUUID(),
      account_id: randomUUID(),
      person_id: s.person,
      token_sha256: 'x',
      created_at: now,
      last_seen_at: now,
      expires_at: now,
      idle_seconds: 1,
    }),
  grants: (s) =>
    [personOf(s.actor), s.world.pupils.own].map((granted_by) => [
      {
        ...school(s),
        id: randomUUID(),
        person_id: s.person,
        role: 'counsellor',
        scope: 'school',
        starts_at: now,
        granted_by,
      },
      { granted_by },
    ]),
  grant_proposals: (s) =>
    [personOf(s.actor), s.world.pupils.own].flatMap((granted_by) => {
      const by = { ...school(s), id: randomUUID(), batch_id: randomUUID(), reason: 'new_term' };
      const staff = (role: string, ends_at: string | null) =>
        [
          { ...by, person_id: s.person, role, scope: 'school', ends_at, proposed_by: granted_by },
          { granted_by, kind: role, class: null, grade: null },
        ] as const;
      const seat = {
        ...by,
        person_id: s.pupil,
        role: 'committee_member',
        scope: 'class',
        class_id: s.place.classId,
        seat: 'A',
        seat_from: '2026-01-05',
        proposed_by: granted_by,
      };
      const about = { granted_by, kind: 'committee_member', seat: 'A', person: s.pupil };
      return [staff('counsellor', null), staff('expert', '2077-01-01'), [seat, about] as const];
    }),
  committee_seats: (s) =>
    one({ ...at(s), id: randomUUID(), seat: 'A', person_id: s.pupil, starts_on: '2026-01-05' }),
  exclusions: (s) =>
    [personOf(s.actor) ?? s.person, s.world.pupils.own].map((decided_by) => [
      {
        ...at(s),
        id: randomUUID(),
        person_id: s.person,
        pupil_id: s.pupil,
        kind: 'relative',
        decided_by,
      },
      { granted_by: decided_by },
    ]),
  duty_slots: (s) =>
    one({
      ...school(s),
      id: randomUUID(),
      duty: 'red',
      position: 1,
      person_id: s.person,
      starts_at: now,
    }),
  channels: (s) =>
    [personOf(s.actor) ?? s.person, s.world.pupils.own].map((created_by) => [
      {
        ...school(s),
        id: randomUUID(),
        kind: 'wecom',
        name: 'probe',
        kek_id: 'x',
        config: 'x',
        created_by,
      },
      { granted_by: created_by },
    ]),
  contact_points: (s) =>
    one({
      ...school(s),
      id: randomUUID(),
      person_id: s.person,
      kind: 'phone',
      address: 'probe',
    }),
  messages: (s) =>
    one({
      ...school(s),
      id: randomUUID(),
      outbox_id: randomUUID(),
      alert_id: idOf(existing(s, 'alerts')),
      person_id: s.person,
      channel_id: randomUUID(),
      channel_kind: 'email',
      kind: 'alert_to_know',
      colour: 'blue',
      at: now,
      not_before: now,
    }),
  drills: (s) =>
    [personOf(s.actor) ?? s.person, s.world.pupils.own].map((started_by) => [
      {
        ...school(s),
        id: randomUUID(),
        started_by,
        started_at: now,
        every_minutes: 1,
        with_outside: false,
        next_at: now,
      },
      { granted_by: started_by },
    ]),
  drill_calls: (s) =>
    one({
      ...school(s),
      id: randomUUID(),
      drill_id: randomUUID(),
      position: 9,
      person_id: s.person,
      asked_at: now,
    }),
  outside_contacts: (s) =>
    [personOf(s.actor) ?? s.person, s.world.pupils.own].map((added_by) => [
      { ...school(s), id: randomUUID(), position: 1, name: 'x', phone: '8000', added_by },
      { granted_by: added_by },
    ]),
  alert_proposals: (s) =>
    alertsIn(s)
      .slice(0, 8)
      .flatMap((alert) =>
        [personOf(s.actor) ?? s.person, s.world.pupils.own].map((proposed_by) => [
          {
            ...school(s),
            id: randomUUID(),
            alert_id: idOf(alert),
            pupil_id: alert.pupil,
            act: 'close',
            colour_was: 'red',
            outcome: 'supported',
            proposed_by,
            proposed_at: now,
            state: 'open',
          },
          { ...alert, person: proposed_by },
        ]),
      ),
  alert_clocks: (s) =>
    alertsIn(s)
      .slice(0, 6)
      .map((alert) => [
        {
          ...school(s),
          alert_id: idOf(alert),
          kind: 'team',
          pupil_id: alert.pupil,
          started_at: now,
          due_at: now,
          state: 'running',
        },
        alert,
      ]),
  cluster_alerts: (s) =>
    one({
      ...at(s),
      id: randomUUID(),
      subject: 'class',
      colour: 'orange',
      status: 'open',
      counsellor_only: false,
      pupil_count: 2,
      seen_from: '2026-01-05',
      seen_to: '2026-01-05',
      rung: 'school',
      asked: '{}',
      first_raised_at: now,
      raised_at: now,
      ack_due_at: now,
      meeting_due_at: now,
    }),
  cluster_members: (s) =>
    one({
      ...school(s),
      cluster_id: idOf(existing(s, 'cluster_alerts')),
      pupil_id: s.pupil,
      joined_at: now,
    }),
  absences: (s) =>
    one({
      ...school(s),
      id: randomUUID(),
      person_id: s.person,
      starts_at: now,
      ends_at: now,
    }),
  data_keys: (s) =>
    one({
      ...school(s),
      id: randomUUID(),
      subject_kind: 'pupil',
      subject_id: randomUUID(),
      kek_id: 'x',
      wrapped: 'x',
    }),
  reporter_seals: (s) => one({ ...school(s), mark: s.mark, sealed_person: 'x', kek_id: 'x' }),
  reporter_openings: (s) =>
    one({
      ...school(s),
      id: randomUUID(),
      observation_id: idOf(existing(s, 'observations', (row) => row.pupil === s.pupil)),
      pupil_id: s.pupil,
      opened_by: s.person,
      purpose: 'verify_report',
      reason: 'x',
    }),
  break_glass: (s) =>
    [...bestAlerts(s)].map(([pupil_id, alert]) => [
      {
        ...school(s),
        id: randomUUID(),
        pupil_id,
        person_id: s.person,
        category: 'other',
        reason: 'x',
        review_due_at: new Date(Date.now() + 86_400_000).toISOString(),
      },
      { pupil: pupil_id, colour: alert.colour, tier: alert.tier, about_staff: alert.about_staff },
    ]),
  break_glass_reviews: (s) =>
    glassesIn(s).map((glass) => [
      {
        ...school(s),
        id: randomUUID(),
        glass_id: idOf(glass),
        pupil_id: glass.pupil,
        reviewer_id: s.person,
        verdict: 'justified',
      },
      { pupil: glass.pupil, opener: glass.person },
    ]),
  monthly_reports: (s) => one({ ...at(s), id: randomUUID(), month: '2030-01-01', late: false }),
  monthly_report_bodies: (s) =>
    (['A', 'B'] as const).map((seat) => [
      {
        ...at(s),
        report_id: idOf(existing(s, 'monthly_reports')),
        month: '2030-01-01',
        seat_mark: `probe/${seat}`,
        reporter_mark: s.mark,
        submitted_at: now,
        zero_report: true,
      },
      {},
    ]),
  observations: (s) =>
    one({
      ...at(s),
      id: randomUUID(),
      pupil_id: s.pupil,
      week: '2026-01-05',
      source: 'staff',
      indicators: '{MOO01}',
      counsellor_only: false,
    }),
  observation_details: (s) =>
    one({
      ...at(s),
      observation_id: idOf(existing(s, 'observations')),
      pupil_id: s.pupil,
      source_kind: 'peer',
      counsellor_only: false,
      reporter_mark: s.mark,
      observed_on: '2026-01-05',
      received_at: now,
      known_by: 'seen',
      since_when: 'today',
      how_often: 'once',
    }),
  alerts: (s) =>
    one({
      ...at(s),
      id: randomUUID(),
      pupil_id: s.pupil,
      colour: 'blue',
      tier: 'class',
      status: 'open',
      counsellor_only: false,
      guardian_locked: false,
      mandatory_report: false,
      needs_review: 'no-holder',
      first_raised_at: now,
      raised_at: now,
      ack_clock: 'blue',
      ack_due_at: now,
    }),
  alert_reasons: (s) =>
    alertsIn(s).map((alert) => [
      {
        ...at(s),
        alert_id: idOf(alert),
        pupil_id: alert.pupil,
        position: 99,
        counsellor_only: false,
        rule: 'R9',
        colour: 'blue',
        tier: 'class',
        codes: '{MOO01}',
        weeks: '{}',
      },
      { pupil: alert.pupil },
    ]),
  alert_decisions: (s) =>
    one({
      ...at(s),
      id: randomUUID(),
      pupil_id: s.pupil,
      decided_at: now,
      policy_version: 'x',
      decision: '{}',
    }),
  alert_evidence: (s) =>
    one({
      ...school(s),
      alert_id: idOf(existing(s, 'alerts')),
      pupil_id: s.pupil,
      observation_id: randomUUID(),
      attached_at: now,
    }),
  audit_heads: (s) => one({ ...school(s), seq: 0, hash: '0'.repeat(64) }),
  audit_entries: (s) =>
    one({
      ...school(s),
      seq: 1_000_000,
      at: now,
      action: 'alert.read',
      kind: 'read',
      area: 'wellbeing',
      hash: '0'.repeat(64),
      mac: '0'.repeat(64),
    }),
  audit_subjects: (s) => one({ ...school(s), subject: 'x', seq: 1 }),
  audit_checkpoints: (s) =>
    one({
      ...school(s),
      seq: 1_000_000,
      hash: '0'.repeat(64),
      at: now,
      key_id: 'probe-key',
      signature: 'x'.repeat(86),
    }),
  idempotency_records: (s) =>
    one({
      ...school(s),
      mark: s.mark,
      key: randomUUID(),
      route: 'x',
      payload_sha256: 'x',
      status: 201,
      answer: '{}',
    }),
  erasures: (s) =>
    one({
      ...school(s),
      id: randomUUID(),
      pupil_id: s.pupil,
      reason: 'left_school',
      requested_by: s.person,
    }),
  roster_imports: (s) =>
    one({
      ...school(s),
      id: randomUUID(),
      file_name: 'x',
      state: 'previewed',
      counts: '{}',
      applicable: true,
      sealed_rows: 'x',
      created_by: s.person,
      created_at: now,
    }),
  outbox: outboxCandidates,
  notices: (s) =>
    one({
      ...school(s),
      id: randomUUID(),
      outbox_id: randomUUID(),
      person_id: s.person,
      kind: 'alert_to_know',
      subject_id: idOf(existing(s, 'alerts')),
      at: now,
    }),
};

/** About an alert of the place, about a break-glass of the school, and about one that never was. */
function outboxCandidates(s: Setting): ReturnType<Maker> {
  const values = (topic: string, subject_id: string) => ({
    ...school(s),
    id: randomUUID(),
    topic,
    subject_id,
    at: now,
  });
  return [
    ...alertsIn(s).flatMap((alert) =>
      ['alert.clock_started', 'alert.needs_review'].map(
        (topic) =>
          [
            values(topic, idOf(alert)),
            { pupil: alert.pupil, person: null, alert: idOf(alert) },
          ] as const,
      ),
    ),
    // About a cluster: of whichever pupil it is, as if it were the one who is judged.
    ...clustersIn(s).map(
      (cluster) =>
        [
          values('cluster.raised', idOf(cluster)),
          { pupil: judgedBy(s.actor), person: null, alert: idOf(cluster) },
        ] as const,
    ),
    ...glassesIn(s).map(
      (glass) =>
        [
          values('break_glass.opened', idOf(glass)),
          { pupil: glass.pupil, person: glass.person, closed: glass.closed },
        ] as const,
    ),
    ...[values('break_glass.opened', randomUUID()), values('second_factor.reset', s.person)].map(
      (told) => [told, { pupil: null, person: null }] as const,
    ),
    // About the closing that somebody proposed themselves.
    ...(s.world.tables.find((table) => table.name === 'alert_proposals')?.rows ?? [])
      .filter((row) => row.school === s.place.schoolId)
      .slice(0, 6)
      .map((row) => {
        const sees = isAllowed(maySee['alert_proposals'], s.actor, row);
        const person = sees && row.person === personOf(s.actor) ? row.person : null;
        const told = values('alert.proposed', row.alert ?? '');
        return [told, { pupil: row.pupil, person, closed: false }] as const;
      }),
    // About what was proposed: whoever sees it, as if it were their own.
    ...batchesIn(s).map(([batch, rows]) => {
      const sees = rows.some((row) => isAllowed(maySee['grant_proposals'], s.actor, row));
      const person = sees ? personOf(s.actor) : null;
      return [values('grant.proposed', batch), { pupil: null, person, closed: false }] as const;
    }),
  ];
}

const personOf = (actor: AccessActor): string | null =>
  actor.context?.kind === 'person' ? actor.context.personId : null;

const judgedBy = (actor: AccessActor): string | null =>
  actor.context?.kind === 'evaluation' ? actor.context.pupilId : null;

const clustersIn = ({ world, place }: Setting): readonly AccessRow[] =>
  (world.tables.find((table) => table.name === 'cluster_alerts')?.rows ?? []).filter(
    (row) => row.school === place.schoolId,
  );

/** What the glass was broken for in the school: `closed` where it is over. */
const glassesIn = ({ world, place }: Setting): readonly AccessRow[] =>
  (world.tables.find((table) => table.name === 'break_glass')?.rows ?? [])
    .filter((row) => row.school === place.schoolId)
    .map((row) => ({ ...row, closed: row.closed || row.fresh === false }));

/** Each pupil of the place on whom there is an alert, with one that a leader lists where there is one. */
function bestAlerts(setting: Setting): Map<string, AccessRow> {
  const best = new Map<string, AccessRow>();
  const isListed = (row: AccessRow) =>
    !row.about_staff && (row.colour === 'orange' || row.colour === 'red' || row.tier === 'school');
  for (const row of alertsIn(setting))
    if (row.pupil && (!best.has(row.pupil) || isListed(row))) best.set(row.pupil, row);
  return best;
}

/** The acts in which roles were proposed at the school of the place, with what was proposed in each. */
const batchesIn = ({ world, place }: Setting): [string, AccessRow[]][] => {
  const rows = world.tables.find((table) => table.name === 'grant_proposals')?.rows ?? [];
  const batches = new Map<string, AccessRow[]>();
  for (const row of rows.filter((one) => one.school === place.schoolId)) {
    const batch = world.batches.get(idOf(row)) ?? '';
    batches.set(batch, [...(batches.get(batch) ?? []), row]);
  }
  return [...batches];
};

const alertsIn = (setting: Setting): readonly AccessRow[] =>
  setting.world.tables
    .find((table) => table.name === 'alerts')
    ?.rows.filter((row) => row.class === setting.place.classId) ?? [];

function* settingsOf(world: AccessWorld, actor: AccessActor): Generator<Setting> {
  const another = world.actor('mentor, expert, district viewer').context;
  if (another?.kind !== 'person') throw new Error('another is a person');
  for (const relation of ['own', 'sameGrade', 'otherGrade', 'otherSchool'] as const) {
    const shared = {
      world,
      actor,
      relation,
      place: world.places[relation],
      pupil: world.pupils[relation],
    };
    yield { ...shared, named: 'another', person: another.personId, mark: another.mark };
    if (actor.context?.kind === 'person')
      yield {
        ...shared,
        named: 'oneself',
        person: actor.context.personId,
        mark: actor.context.mark,
      };
  }
}

/** Everything the actor might write into a table: own class, same grade, other grade, other school; naming oneself or another. */
export function candidatesFor(world: AccessWorld, actor: AccessActor, table: string): Candidate[] {
  if (table === 'alert_events') return eventCandidates(world, actor);
  const make = makers[table];
  if (!make) throw new Error(`nobody knows how to write into ${table}`);
  return [...settingsOf(world, actor)].flatMap((setting) =>
    make(setting).map(([values, more]) => {
      const { schoolId, gradeId, classId } = setting.place;
      const { person, mark, pupil } = setting;
      const row = {
        ...blankRow,
        school: schoolId,
        grade: gradeId,
        class: classId,
        person,
        mark,
        pupil,
        ...more,
      };
      return {
        relation: `${setting.relation}, ${setting.named}`,
        allowed: isAllowed(mayInsert[table], actor, row),
        statement: insertInto(table, values),
      };
    }),
  );
}

const eventKinds = ['with_pupil', 'acknowledged', 'raised', 'step_done', 'reported'] as const;
const stepOf: Readonly<Record<string, string>> = {
  step_done: 'contact',
  reported: 'mandatory_report',
};

/** One alert for each class, colour, state and holder that the rules tell apart. */
function oneOfEachKind(world: AccessWorld): AccessRow[] {
  const alerts = world.tables.find((table) => table.name === 'alerts')?.rows ?? [];
  const kindOf = (row: AccessRow) =>
    [
      row.class,
      row.colour,
      row.tier,
      row.closed,
      row.about_staff,
      row.holder,
      row.acknowledged_by === null,
    ].join();
  return [...new Map(alerts.map((row) => [kindOf(row), row])).values()];
}

/** An event of each kind on alerts of each kind; in one's own name, in another's, and in nobody's. */
function eventCandidates(world: AccessWorld, actor: AccessActor): Candidate[] {
  const alerts = oneOfEachKind(world);
  const another = world.pupils.own;
  return alerts.flatMap((alert) =>
    eventKinds.flatMap((kind) =>
      [personOf(actor), another, null]
        .filter((person, index) => index !== 0 || person !== null)
        .map((person) => {
          const row = { ...alert, person };
          const values = {
            school_id: alert.school,
            id: randomUUID(),
            alert_id: idOf(alert),
            grade_id: alert.grade,
            class_id: alert.class,
            counsellor_only: false,
            at: now,
            kind,
            colour: 'blue',
            person_id: person,
            next_step: kind === 'acknowledged' ? 'talk_today' : null,
            step: stepOf[kind] ?? null,
          };
          return {
            relation: `${kind} on ${alert.colour} in ${alert.class}, ${person === null ? 'nobody' : person === another ? 'another' : 'oneself'}`,
            allowed:
              (kind !== 'raised' || person === null) && isAllowed(mayInsertEvent[kind], actor, row),
            statement: insertInto('alert_events', values),
          };
        }),
    ),
  );
}
