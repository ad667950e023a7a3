import { isAllowed } from './access-oracle.ts';
import type { AccessRow } from './access-oracle.ts';
import { isTrueReason, mayReadField, routeOf } from './access-routes.ts';
import { maySee } from './access-table.ts';
import { chosenPupils } from './access-of-school.ts';
import { askAbout, askForAll, askPlainly, idOf, signedIn, visibleIds } from './access-run.ts';
import type { AccessRun, Asking } from './access-run.ts';
import type { Driver, Drivers } from './access-driver.ts';

/** What the oracle needs of an alert besides who may see it: read behind row security. */
interface AlertFact {
  readonly id: string;
  readonly status: string;
  readonly grade_id: number;
  readonly tier: string;
  readonly colour: string;
  readonly overdue: boolean;
  readonly in_time: boolean;
  readonly answered: boolean;
  readonly noted: boolean;
  readonly month: string;
}

async function readAlertFacts(run: AccessRun): Promise<Map<string, AlertFact>> {
  const facts = await run.world.api.admin<AlertFact[]>`
    select id, status, grade_id, tier, colour, status = 'open' and ack_due_at < now() as overdue, note is not null as noted,
      coalesce(acknowledged_at <= ack_due_at, false) as in_time, acknowledged_at is not null as answered,
      to_char(first_raised_at at time zone 'Asia/Shanghai', 'YYYY-MM') as month
    from app.alerts`;
  return new Map(facts.map((fact) => [fact.id, fact]));
}

const pupilOf = (run: AccessRun, row: AccessRow): AccessRow =>
  run.rows('pupils').find((pupil) => pupil.pupil === row.pupil && pupil.school === row.school) ??
  row;

interface AlertItem {
  readonly id: string;
  readonly pupil: { readonly name: string };
  readonly holder: { readonly me: boolean } | null;
}

const rowsSeen = (run: AccessRun, table: string, who: Asking) =>
  run.rows(table).filter((row) => isAllowed(maySee[table], who.actor, row));

const listAlerts: Driver = async (run, name) => {
  const facts = await readAlertFacts(run);
  for (const who of run.asking) await askPlainly(run, name, who);
  for (const who of signedIn(run)) {
    const queries = [
      ...['blue', 'yellow', 'orange', 'red'].map((colour) => ({ key: 'colour', value: colour })),
      ...['open', 'acknowledged', 'closed'].map((status) => ({ key: 'status', value: status })),
    ] as const;
    const seen = rowsSeen(run, 'alerts', who);
    for (const query of [null, ...queries]) {
      const path = `/alerts?limit=5${query ? `&${query.key}=${query.value}` : ''}`;
      const items = await askForAll<AlertItem>(run, who, path);
      const got = items
        .map(({ id, pupil, holder }) => `${id} ${pupil.name !== '—'} ${holder?.me ?? false}`)
        .sort();
      const expected = seen
        .filter(
          (row) =>
            !query || facts.get(idOf(row))?.[query.key as 'colour' | 'status'] === query.value,
        )
        .map((row) => {
          const named = mayReadField(routeOf(name), 'pupil.name', who.actor, pupilOf(run, row));
          return `${idOf(row)} ${named} ${row.holder === who.as?.personId}`;
        })
        .sort();
      run.judge({ route: name, who, row: null, what: path }, got, expected);
    }
  }
};

interface AlertBody extends AlertItem {
  readonly reasons: unknown[];
  readonly events: { readonly kind: string }[];
  readonly acknowledgement: { readonly note: string | null } | null;
  readonly canAcknowledge: boolean;
  readonly informed: unknown[];
  readonly why: { readonly role: string };
}

/** The rows of a table that belong to an alert and that the field gives to this reader. */
function partsFor(run: AccessRun, field: string, table: string, who: Asking, alert: AccessRow) {
  const route = routeOf('GET /alerts/{id}');
  return run
    .rows(table)
    .filter((row) => row.key.startsWith(`${alert.school}/`) && row.alert === idOf(alert))
    .filter((row) => mayReadField(route, field, who.actor, row));
}

const readAlert: Driver = async (run, name) => {
  const route = routeOf(name);
  const facts = await readAlertFacts(run);
  for (const who of run.asking)
    for (const row of run.rows('alerts')) {
      const answer = await askAbout(run, name, who, row);
      if (!answer) continue;
      const body = answer.body as AlertBody;
      const fact = facts.get(idOf(row));
      const reads = (field: string, at = row) => mayReadField(route, field, who.actor, at);
      const events = partsFor(run, 'events', 'alert_events', who, row);
      const attached = reads('events.evidence_attached');
      run.judge(
        { route: name, who, row, what: 'fields' },
        {
          id: body.id,
          named: body.pupil.name !== '—',
          mine: body.holder?.me ?? false,
          reasons: body.reasons.length,
          events: body.events.map((one) => one.kind).sort(),
          note: (body.acknowledgement?.note ?? null) !== null,
          canAcknowledge: body.canAcknowledge,
          informed: row.about_staff ? body.informed : [],
          reason: isTrueReason(route, body.why, who.actor, row),
        },
        {
          id: idOf(row),
          named: reads('pupil.name', pupilOf(run, row)),
          mine: row.holder === who.as?.personId,
          reasons: partsFor(run, 'reasons', 'alert_reasons', who, row).length,
          events: events
            .map((one) => one.kind)
            .filter((kind) => kind !== 'evidence_attached' || attached)
            .sort(),
          note: (fact?.noted ?? false) && reads('acknowledgement.note'),
          canAcknowledge: fact?.status === 'open' && reads('canAcknowledge'),
          informed: [],
          reason: true,
        },
      );
    }
};

interface ObservationItem {
  readonly id: string;
  readonly source: string;
  readonly observedOn: string | null;
  readonly knownBy: string | null;
  readonly words: string | null;
  readonly aboutWhom: string | null;
  readonly own: boolean;
}

const readObservations: Driver = async (run, name) => {
  const route = routeOf(name);
  const { admin } = run.world.api;
  const told = await admin<{ id: string; worded: boolean; about: boolean }[]>`
    select observation_id as id, words is not null as worded, about_whom is not null as about
    from app.observation_details`;
  const worded = new Set(told.filter((one) => one.worded).map((one) => one.id));
  const aboutSomebody = new Set(told.filter((one) => one.about).map((one) => one.id));
  const details = new Map(run.rows('observation_details').map((row) => [idOf(row), row]));
  for (const who of run.asking)
    for (const row of chosenPupils(run)) {
      const path = `/observations?pupil=${idOf(row)}`;
      const answer = await askAbout(run, name, who, row, { path });
      if (!answer) continue;
      const { items, why } = answer.body as { items: ObservationItem[]; why: { role: string } };
      const reason = isTrueReason(route, why, who.actor, row);
      run.judge({ route: name, who, row, what: 'reason' }, reason, true);
      const got = items.map((item) => ({
        id: item.id,
        peer: item.source === 'someone_at_school',
        observedOn: item.observedOn !== null,
        knownBy: item.knownBy !== null,
        words: item.words !== null,
        aboutWhom: item.aboutWhom !== null,
        own: item.own,
      }));
      const expected = rowsSeen(run, 'observations', who)
        .filter((one) => one.pupil === row.pupil)
        .map((one) => {
          const detail = details.get(idOf(one)) ?? one;
          const reads = (field: string) => mayReadField(route, field, who.actor, detail);
          const mark = who.as?.context.mark;
          return {
            id: idOf(one),
            peer: detail.from_peer === true,
            observedOn: reads('observedOn'),
            knownBy: reads('knownBy'),
            words: reads('words') && worded.has(idOf(one)),
            aboutWhom: reads('aboutWhom') && aboutSomebody.has(idOf(one)),
            own: reads('observedOn') && detail.mark === mark,
          };
        });
      const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id);
      run.judge({ route: name, who, row, what: 'fields' }, got.sort(byId), expected.sort(byId));
    }
};

const readAnswered: Driver = async (run, name) => {
  for (const who of run.asking)
    for (const row of run.rows('observation_details')) await askAbout(run, name, who, row);
};

const readArrivals: Driver = async (run, name) => {
  const route = routeOf(name);
  const seats = await run.world.api.admin<{ class_id: number; n: number }[]>`
    select class_id, count(*)::int as n from app.committee_seats where ends_on is null group by 1`;
  for (const who of run.asking) {
    const answer = await askPlainly(run, name, who);
    if (!answer) continue;
    const { month, items } = answer.body as {
      month: string;
      items: { class: { id: number }; seats: number; arrived: number; late: number }[];
    };
    const arrived = await run.world.api.admin<{ class_id: number; n: number; late: number }[]>`
      select class_id, count(*)::int as n, count(*) filter (where late)::int as late from app.monthly_reports
      where month = ${`${month}-01`} group by 1`;
    const expected = run
      .rows('classes')
      .filter((row) => route.sees && isAllowed(route.sees, who.actor, row))
      .map((row) => {
        const reports = arrived.find((one) => one.class_id === row.class);
        const seated = seats.find((one) => one.class_id === row.class)?.n ?? 0;
        return [row.class, seated, reports?.n ?? 0, reports?.late ?? 0];
      })
      .filter(([, seated]) => seated !== 0);
    const got = items.map((one) => [one.class.id, one.seats, one.arrived, one.late]);
    const byClass = (a: (number | null)[], b: (number | null)[]) => (a[0] ?? 0) - (b[0] ?? 0);
    const cell = { route: name, who, row: null, what: `arrived in ${month}` };
    run.judge(cell, got.sort(byClass), expected.sort(byClass));
  }
};

const readOwnReports: Driver = async (run, name) => {
  for (const who of run.asking) {
    const answer = await askPlainly(run, name, who);
    if (!answer) continue;
    const { seat, recent, months } = answer.body as {
      seat: { classId: number; seat: string };
      recent: { id: string }[];
      months: { month: string; state: string }[];
    };
    const mark = who.as?.context.mark ?? '';
    const handedIn = await run.world.api.admin<{ month: string }[]>`
      select to_char(month, 'YYYY-MM') as month from app.monthly_report_bodies where reporter_mark = ${mark}`;
    const open = new Set(months.map((one) => one.month));
    const got = {
      seat: { classId: seat.classId, seat: seat.seat },
      recent: recent.map((one) => one.id).sort(),
      submitted: months.filter((one) => one.state === 'submitted').map((one) => one.month),
    };
    run.judge({ route: name, who, row: null, what: 'seat, months, last 48 hours' }, got, {
      seat: who.actor.seat,
      recent: visibleIds(run, 'observation_details', who),
      submitted: handedIn.map((one) => one.month).filter((month) => open.has(month)),
    });
  }
};

const readReport: Driver = async (run, name) => {
  for (const who of run.asking)
    for (const row of run.rows('monthly_report_bodies')) {
      const answer = await askAbout(run, name, who, row);
      if (!answer) continue;
      const { id, observations } = answer.body as { id: string; observations: number };
      const parts = rowsSeen(run, 'observation_details', who).filter(
        (one) => one.report === idOf(row),
      );
      const expected = { id: idOf(row), observations: parts.length };
      run.judge({ route: name, who, row, what: 'figures' }, { id, observations }, expected);
    }
};

interface Board {
  readonly alerts: {
    readonly byColourTier: {
      readonly colour: string;
      readonly tier: string;
      readonly open: number;
      readonly acknowledged: number;
    }[];
    readonly unacknowledged: number;
    readonly overdue: number;
    readonly acknowledgedWithinClock: { readonly n: number; readonly of: number };
  };
  readonly byGrade: { readonly grade: { readonly id: number }; readonly open: number }[];
  readonly months: Readonly<Record<string, string | number>>[];
}

const readBoard: Driver = async (run, name) => {
  const facts = await readAlertFacts(run);
  for (const who of run.asking) {
    const answer = await askPlainly(run, name, who);
    if (!answer) continue;
    const board = answer.body as Board;
    const seen = rowsSeen(run, 'alerts', who).flatMap((row) => facts.get(idOf(row)) ?? []);
    const live = seen.filter((one) => one.status !== 'closed');
    const count = (test: (one: AlertFact) => boolean, of = live) => of.filter(test).length;
    const isOpen = (one: AlertFact) => one.status === 'open';
    const got = {
      cells: board.alerts.byColourTier.map((one) =>
        [one.colour, one.tier, one.open, one.acknowledged].join(' '),
      ),
      open: board.alerts.unacknowledged,
      overdue: board.alerts.overdue,
      inTime: board.alerts.acknowledgedWithinClock,
      grades: board.byGrade.map((one) => [one.grade.id, one.open]),
      months: board.months.map((one) => Object.values(one).join(' ')),
    };
    const kinds = [...new Set(live.map((one) => `${one.colour} ${one.tier}`))];
    const ofKind = (kind: string) => (one: AlertFact) => `${one.colour} ${one.tier}` === kind;
    run.judge(
      { route: name, who, row: null, what: 'figures' },
      { ...got, cells: got.cells.sort() },
      {
        cells: kinds
          .map((kind) => {
            const of = live.filter(ofKind(kind));
            return `${kind} ${count(isOpen, of)} ${count((one) => one.status === 'acknowledged', of)}`;
          })
          .sort(),
        open: count(isOpen),
        overdue: count((one) => one.overdue),
        inTime: { n: count((one) => one.in_time), of: count((one) => one.answered) },
        grades: board.byGrade.map(({ grade }) => [
          grade.id,
          count((one) => isOpen(one) && one.grade_id === grade.id),
        ]),
        months: board.months.map(({ month }) =>
          [
            month,
            ...['blue', 'yellow', 'orange', 'red'].map((colour) =>
              count((one) => one.month === month && one.colour === colour, seen),
            ),
          ].join(' '),
        ),
      },
    );
  }
};

/** What is known of children: reports, observations, alerts, and the figures made of them. */
export const ofPupils: Drivers = {
  'GET /monthly-reports': readArrivals,
  'GET /monthly-reports/mine': readOwnReports,
  'GET /monthly-reports/{id}': readReport,
  'GET /observations': readObservations,
  'GET /observations/{id}/answer': readAnswered,
  'GET /alerts': listAlerts,
  'GET /alerts/{id}': readAlert,
  'GET /boards/school': readBoard,
};
