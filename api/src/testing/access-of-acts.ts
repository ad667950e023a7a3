import type { AccessRow } from './access-oracle.ts';
import { chosenPupils } from './access-of-school.ts';
import { askAbout, askPlainly, idOf, signedIn } from './access-run.ts';
import type { AccessRun, Asking } from './access-run.ts';
import type { Driver, Drivers } from './access-driver.ts';
import { observationInput } from './observation-input.ts';

/** Rows of a table, to see that what was refused changed nothing. */
const countOf = async (run: AccessRun, table: string): Promise<number> =>
  Number(
    (await run.world.api.admin`select count(*) from app.${run.world.api.admin(table)}`)[0]?.[
      'count'
    ],
  );

/** Judges that a table grew by one where something was answered with 201, and by nothing where it was not. */
async function judgeEffect(
  run: AccessRun,
  cell: { readonly route: string; readonly who: Asking; readonly row: AccessRow | null },
  table: string,
  act: () => Promise<object | undefined>,
): Promise<boolean> {
  const before = await countOf(run, table);
  const done = (await act()) !== undefined;
  const grown = (await countOf(run, table)) - before;
  run.judge({ ...cell, what: `rows of ${table}` }, grown, done ? 1 : 0);
  return done;
}

/** One alert for each place, colour, state and holder that the rules tell apart. */
const oneOfEachKind = (alerts: readonly AccessRow[]): AccessRow[] => {
  const kindOf = (row: AccessRow) =>
    [row.class, row.colour, row.tier, row.closed, row.about_staff, row.holder].join();
  return [
    ...new Map(
      alerts.map((row) => [`${kindOf(row)} ${row.acknowledged_by !== null}`, row]),
    ).values(),
  ];
};

/** An act on each alert by everybody; taken back each time, so that every cell starts from the same. */
const actOnAlerts =
  (body: unknown, ready: (alert: { status: string; reporting: boolean }) => boolean): Driver =>
  async (run, route) => {
    const { admin } = run.world.api;
    for (const row of oneOfEachKind(run.rows('alerts'))) {
      const [alert] = await admin<
        { status: string; reporting: boolean }[]
      >`select status, exists (select from app.alert_clocks c where c.alert_id = a.id and c.kind = 'mandatory_report' and c.state = 'running') as reporting
        from app.alerts a where id = ${idOf(row)}`;
      const [saved] = await admin`select * from app.alerts where id = ${idOf(row)}`;
      if (!alert || !saved) throw new Error('the alert is gone');
      const clocks = await admin`select * from app.alert_clocks where alert_id = ${idOf(row)}`;
      for (const who of run.asking) {
        const done = await judgeEffect(run, { route, who, row }, 'alert_events', () =>
          askAbout(run, route, who, row, { body, ready: ready(alert) }),
        );
        if (!done) continue;
        const { status, acknowledged_at, acknowledged_by, next_step, note, version } = saved;
        const { holder_id, rung, asked } = saved;
        const before = { status, acknowledged_at, acknowledged_by, next_step, note, version };
        await admin`update app.alerts set ${admin({ ...before, holder_id, rung, asked })} where id = ${idOf(row)}`;
        await admin`delete from app.alert_clocks where alert_id = ${idOf(row)}`;
        if (clocks.length > 0) await admin`insert into app.alert_clocks ${admin(clocks)}`;
        await admin`delete from app.alert_events e where alert_id = ${idOf(row)} and person_id = ${who.as?.personId ?? ''}
          and ctid = (select ctid from app.alert_events where alert_id = ${idOf(row)} order by xmin::text::bigint desc limit 1)`;
      }
    }
    await run.refresh();
  };

/** What waits is put aside, and the alert is one that was answered; everything is put back after each cell. */
const propose: Driver = async (run, route) => {
  const { admin } = run.world.api;
  await admin`update app.alert_proposals set state = 'declined', decided_at = now()`;
  const body = {
    act: 'close',
    outcome: 'supported',
    reason: '谈过两次，睡眠和上课都好了。',
    raiseAgain: '再说起不想活，或者不吃饭。',
  };
  const kinds = new Map(
    run
      .rows('alerts')
      .map((row) => [[row.class, row.colour, row.closed, row.about_staff].join(), row]),
  );
  for (const row of kinds.values()) {
    const id = idOf(row);
    const clocks = await admin`select * from app.alert_clocks where alert_id = ${id}`;
    const [saved] = await admin<
      { status: string }[]
    >`select status, acknowledged_at, acknowledged_by, closed_at, closed_by, outcome, version
      from app.alerts where id = ${id}`;
    if (!saved) throw new Error('the alert is gone');
    await admin`update app.alerts set status = 'acknowledged' where id = ${id} and status = 'open'`;
    await admin`delete from app.alert_clocks where alert_id = ${id} and kind = 'mandatory_report'`;
    for (const who of run.asking) {
      const ready = saved.status !== 'closed';
      const done = await judgeEffect(run, { route, who, row }, 'alert_proposals', () =>
        askAbout(run, route, who, row, { body, ready }),
      );
      if (!done) continue;
      await admin`delete from app.alert_proposals where alert_id = ${id} and words is not null`;
      await admin`update app.alerts set ${admin({ ...saved, status: ready ? 'acknowledged' : 'closed' })} where id = ${id}`;
    }
    await admin`update app.alerts set ${admin(saved)} where id = ${id}`;
    await admin`delete from app.alert_clocks where alert_id = ${id}`;
    if (clocks.length > 0) await admin`insert into app.alert_clocks ${admin(clocks)}`;
  }
  await admin`update app.alert_proposals set state = 'open', decided_at = null`;
  await run.refresh();
};

/** Nobody who asks holds the alert or proposed it; what was decided waits again. */
const settleProposals =
  (body: object, proposedBy: 'nobody who asks' | 'a counsellor'): Driver =>
  async (run, route) => {
    const { admin } = run.world.api;
    const asking = run.asking.flatMap((who) => (who.as ? [who.as.personId] : []));
    const holders = await admin`select id, holder_id from app.alerts`;
    const proposals = await admin`select id, proposed_by from app.alert_proposals`;
    if (proposedBy === 'nobody who asks') {
      await admin`update app.alert_proposals p set proposed_by = (select s.id from app.staff s
        where s.school_id = p.school_id and s.id <> all (${asking}) order by s.id limit 1) where p.proposed_by = any (${asking})`;
      await admin`update app.alerts a set holder_id = (select s.id from app.staff s
        where s.school_id = a.school_id and s.id <> all (${asking}) order by s.id limit 1) where a.holder_id = any (${asking})`;
    }
    await run.refresh();
    const open = new Set(
      run.rows('alerts').flatMap((row) => (row.closed === false ? [row.alert] : [])),
    );
    const kinds = new Map(
      run
        .rows('alert_proposals')
        .filter((row) => open.has(row.alert))
        .map((row) => [[row.school, row.class, row.about_staff].join(), row]),
    );
    for (const row of kinds.values())
      for (const who of run.asking) {
        await askAbout(run, route, who, row, { body });
        await admin`update app.alert_proposals set state = 'open', decided_at = null, decided_by = null where id = ${idOf(row)}`;
      }
    for (const one of holders)
      await admin`update app.alerts set holder_id = ${one['holder_id'] as string} where id = ${one['id'] as string}`;
    for (const one of proposals)
      await admin`update app.alert_proposals set proposed_by = ${one['proposed_by'] as string} where id = ${one['id'] as string}`;
    await run.refresh();
  };

/** Pupils of each place of the world, and whoever asks. */
const placedPupils = (run: AccessRun, who: Asking): AccessRow[] => {
  const ids = [...Object.values(run.world.pupils), who.as?.personId];
  return chosenPupils(run).filter((row) => ids.includes(idOf(row)));
};

const reportPupils: Driver = async (run, route) => {
  for (const who of run.asking)
    for (const row of placedPupils(run, who))
      await judgeEffect(run, { route, who, row }, 'observations', () =>
        askAbout(run, route, who, row, { body: observationInput(idOf(row)) }),
      );
  await run.refresh();
};

const askForHelp: Driver = async (run, route) => {
  for (const who of run.asking)
    await judgeEffect(run, { route, who, row: null }, 'alert_decisions', () =>
      askPlainly(run, route, who, { body: {} }),
    );
  await run.refresh();
};

const handInReports: Driver = async (run, route) => {
  const { admin } = run.world.api;
  for (const who of run.asking)
    for (const row of placedPupils(run, who)) {
      const month = who.as && who.actor.seat ? await openMonth(run, who) : '2026-01';
      const body = {
        month,
        kindness: null,
        zeroReport: false,
        observations: [observationInput(idOf(row))],
      };
      const done = await judgeEffect(run, { route, who, row }, 'monthly_reports', () =>
        askAbout(run, route, who, row, { body }),
      );
      // Handed in once a month: the next cell starts from a month that is open again.
      if (!done) continue;
      const mark = who.as?.context.mark ?? '';
      const [sent] = await admin<{ id: string }[]>`delete from app.monthly_report_bodies
        where reporter_mark = ${mark} and month = ${`${month}-01`} returning report_id as id`;
      await admin`update app.observation_details set report_id = null where report_id = ${sent?.id ?? ''}`;
      await admin`delete from app.monthly_reports where id = ${sent?.id ?? ''}`;
    }
  await run.refresh();
};

async function openMonth(run: AccessRun, who: Asking): Promise<string> {
  const { body } = await run.ask(who, 'GET', '/monthly-reports/mine');
  const { months } = body as { months: { month: string; state: string }[] };
  const open = months.find((one) => one.state !== 'submitted') ?? months[0];
  if (!open) throw new Error('no month is open');
  if (open.state === 'submitted') {
    const mark = who.as?.context.mark ?? '';
    const { admin } = run.world.api;
    const [sent] = await admin<{ id: string }[]>`delete from app.monthly_report_bodies
      where reporter_mark = ${mark} and month = ${`${open.month}-01`} returning report_id as id`;
    await admin`update app.observation_details set report_id = null where report_id = ${sent?.id ?? ''}`;
    await admin`delete from app.monthly_reports where id = ${sent?.id ?? ''}`;
  }
  return open.month;
}

const createAccounts: Driver = async (run, route) => {
  const classes = Object.values(run.world.places).map((place) => place.classId);
  let made = 0;
  for (const who of run.asking)
    for (const row of run.rows('classes').filter((one) => classes.includes(one.class ?? 0))) {
      made += 1;
      const body = {
        kind: 'staff',
        name: `许新来${made}`,
        title: '',
        account: `xinlai-${made}`,
        password: 'a good password',
        grants: [{ role: 'homeroom_teacher', classId: row.class }],
      };
      await judgeEffect(run, { route, who, row }, 'accounts', () =>
        askAbout(run, route, who, row, { body }),
      );
    }
  await run.refresh();
};

const oneNewPupil = (name: string) =>
  new TextEncoder().encode(`学号,姓名,性别,年级,班级\nZ${name},新同学,女,七年级,七(1)班\n`);

const upload: Driver = async (run, route) => {
  const path = '/roster-imports?fileName=pupils.csv';
  for (const [at, who] of run.asking.entries())
    await judgeEffect(run, { route, who, row: null }, 'roster_imports', () =>
      askPlainly(run, route, who, { path, body: oneNewPupil(String(1000 + at)) }),
    );
  await run.refresh();
};

const applyImports: Driver = async (run, route) => {
  const { admin } = run.world.api;
  const states = await admin<
    { id: string; state: string }[]
  >`select id, state from app.roster_imports`;
  const waiting = new Set(states.filter((one) => one.state === 'previewed').map((one) => one.id));
  if (waiting.size === 0) throw new Error('nothing waits to be applied');
  for (const row of run.rows('roster_imports'))
    for (const who of run.asking) {
      const ready = waiting.has(idOf(row));
      const done = await judgeEffect(run, { route, who, row }, 'pupils', () =>
        askAbout(run, route, who, row, { body: {}, ready }),
      );
      if (done) waiting.delete(idOf(row));
    }
  await run.refresh();
};

const endSessions: Driver = async (run, route) => {
  const { admin, asPerson } = run.world.api;
  // A second session of everybody, so that the one that asks lives on.
  const seconds: string[] = [];
  for (const who of signedIn(run)) {
    if (!who.as) continue;
    await asPerson(who.as.schoolId, who.as.personId);
    const [newest] = await admin<
      { id: string }[]
    >`select id from app.sessions where person_id = ${who.as.personId}
      order by created_at desc limit 1`;
    if (newest) seconds.push(newest.id);
  }
  await run.refresh();
  const rows = run.rows('sessions').filter((row) => seconds.includes(idOf(row)));
  // Others': a few of both schools.
  const some = rows.filter((_, at) => at % 6 === 0);
  const live = async () =>
    (
      await admin<
        { n: number }[]
      >`select count(*)::int as n from app.sessions where revoked_at is null`
    )[0]?.n ?? 0;
  for (const own of [false, true])
    for (const who of run.asking)
      for (const row of own
        ? rows.filter((one) => one.person === who.as?.personId)
        : some.filter((one) => one.person !== who.as?.personId)) {
        const before = await live();
        const done = (await askAbout(run, route, who, row)) !== undefined;
        const ended = before - (await live());
        run.judge({ route, who, row, what: 'sessions ended' }, ended, done ? 1 : 0);
        // Some ask twice, once after the password again: each finds it alive.
        if (done) await admin`update app.sessions set revoked_at = null where id = ${idOf(row)}`;
      }
  await run.refresh();
};

const signOut: Driver = async (run, route) => {
  const { asPerson } = run.world.api;
  for (const who of run.asking) {
    if (!who.as) {
      await askPlainly(run, route, who);
      continue;
    }
    const leaving = { actor: who.actor, as: await asPerson(who.as.schoolId, who.as.personId) };
    await askPlainly(run, route, leaving);
    const after = [
      (await run.ask(leaving, 'GET', '/session')).outcome,
      (await run.ask(who, 'GET', '/session')).outcome,
    ];
    const cell = { route, who, row: null, what: 'the session that left, and another' };
    run.judge(cell, after, ['401 session.required', '200']);
  }
};

/** Everything that changes something: each cell from the same start, and what is refused changes nothing. */
export const ofActs: Drivers = {
  'POST /alerts/{id}/acknowledgement': actOnAlerts(
    { nextStep: 'go_to_pupil', note: '马上过去' },
    ({ status }) => status === 'open',
  ),
  'POST /alerts/{id}/companions': actOnAlerts({}, () => true),
  'POST /alerts/{id}/steps': actOnAlerts(
    { step: 'contact', way: 'beside', note: '在一起' },
    ({ status }) => status !== 'closed',
  ),
  'POST /alerts/{id}/mandatory-report': actOnAlerts(
    { receipt: 'A-1' },
    ({ reporting }) => reporting,
  ),
  'POST /alerts/{id}/proposals': propose,
  'POST /proposals/{id}/decision': settleProposals({ agree: false }, 'nobody who asks'),
  'POST /proposals/{id}/withdrawal': settleProposals({}, 'a counsellor'),
  'POST /observations': reportPupils,
  'POST /help-requests': askForHelp,
  'POST /monthly-reports': handInReports,
  'POST /accounts': createAccounts,
  'POST /roster-imports': upload,
  'POST /roster-imports/{id}/application': applyImports,
  'DELETE /sessions/{id}': endSessions,
  'DELETE /session': signOut,
};
