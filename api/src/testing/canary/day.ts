import type { Canaries } from './canaries.ts';
import type { Visitor } from './visitor.ts';
import { observe } from './school.ts';
import type { CanarySchool, World } from './school.ts';

interface AlertRow {
  readonly id: string;
  readonly pupil: { readonly id: string };
}

/** Everything that people of a school write, each with a canary of its own. Returns what was reported by whom. */
export async function liveThroughADay(
  { admin, canaries }: World,
  { people, passwords, pupils, personIds }: CanarySchool,
): Promise<{ observationId: string; reportId: string; ofReport: readonly string[] }> {
  const { lead, counsellor, teacher, seatA, seatB, officer, leader } = people;
  const words = (name: string) => canaries.text('words', name);
  const mine = await seatA.get<{ months: { month: string; state: string }[] }>(
    '/monthly-reports/mine',
  );
  const month = mine.months.find((one) => one.state !== 'submitted')?.month;
  const report = await seatA.post<{ id: string; observationIds: string[] }>('/monthly-reports', {
    month,
    kindness: words('kindness'),
    zeroReport: false,
    observations: [
      observe(canaries, 'words in a report', pupils[0]?.id, { indicators: ['MOO01'] }),
    ],
  });
  const emergency = await seatB.post<{ id: string }>(
    '/observations',
    observe(canaries, 'words of an emergency', pupils[1]?.id, { veryWorried: true }),
  );
  await teacher.post(
    '/observations',
    observe(canaries, 'words of a teacher', pupils[0]?.id, {
      indicators: ['ABU02'],
      aboutWhom: 'classmate',
    }),
  );
  await counsellor.post('/observations', observe(canaries, 'words of a counsellor', pupils[2]?.id));

  const alerts = await lead.get<{ items: AlertRow[] }>('/alerts?limit=50');
  for (const { id, pupil } of alerts.items) {
    await counsellor.post(`/alerts/${id}/companions`, {});
    await lead.post(`/alerts/${id}/acknowledgement`, {
      nextStep: 'talk_today',
      note: words(`note on the alert of pupil ${pupils.findIndex((one) => one.id === pupil.id)}`),
    });
  }
  // Somebody else was quicker: the refusal shows the alert as it is.
  await counsellor.send('POST', `/alerts/${alerts.items[0]?.id}/acknowledgement`, {
    nextStep: 'talk_today',
    note: words('note that came too late'),
  });

  const first = alerts.items[0]?.id;
  await lead.post(`/alerts/${first}/steps`, {
    step: 'contact',
    way: 'beside',
    note: words('note of a step'),
  });
  const harmed = alerts.items.find(({ pupil }) => pupil.id === pupils[0]?.id)?.id;
  await lead.post(`/alerts/${harmed}/mandatory-report`, {
    receipt: words('receipt of a report'),
  });
  const proposed = await lead.post<{ id: string }>(`/alerts/${first}/proposals`, {
    act: 'close',
    outcome: 'supported',
    reason: words('reason to close an alert'),
    raiseAgain: words('what would raise it again'),
  });
  // Taken back: while it waits, the second person reads why, and here nobody else may.
  await lead.post(`/proposals/${proposed.id}/withdrawal`, {});
  await setUpChannels(people.admin, canaries);
  await planDuty(people.lead, people.admin, canaries, personIds);

  const proof = { password: passwords.lead, code: lead.codes.pop() };
  await lead.post('/session/step-up', { ...proof, purpose: 'verify_report' });
  await lead.post(`/observations/${emergency.id}/reporter`, {
    reason: words('reason to look who reported'),
  });
  await lead.ask('DELETE', '/session/step-up');

  await breakTheGlass(canaries, leader, passwords.leader, lead, pupils[1]?.id);

  const excluded = await lead.post<{ id: string }>(`/pupils/${pupils[0]?.id}/exclusions`, {
    person: personIds.teacher,
    kind: 'relative',
  });
  await people.counsellor.send('POST', `/exclusions/${excluded.id}/end`, {});

  await admin`update app.alerts set status = 'closed' where pupil_id = ${pupils[2]?.id ?? ''}`;
  const { id } = await officer.post<{ id: string }>(`/pupils/${pupils[2]?.id}/erasure`, {
    reason: 'guardian_request',
  });
  await leader.post(`/erasures/${id}/approval`, {});

  await changeAccount(people.admin, canaries, people.head.account);
  await changePassword(people.head, passwords.head, canaries.text('password', 'a new password'));
  await seatB.ask('DELETE', '/session');
  return { observationId: emergency.id, reportId: report.id, ofReport: report.observationIds };
}

/** Somebody is on duty in years to come, somebody stands in, and the calendar goes on. */
async function planDuty(
  lead: Visitor,
  admin: Visitor,
  canaries: Canaries,
  { teacher, counsellor }: CanarySchool['personIds'],
): Promise<void> {
  const on = (hour: string) => `2051-01-02T${hour}:00:00.000Z`;
  const { id } = await lead.post<{ id: string }>('/duty-slots', {
    duty: 'red',
    person: teacher,
    phone: canaries.latin('name', 'telephone of a turn'),
    startsAt: on('00'),
    endsAt: on('10'),
  });
  await lead.post(`/duty-slots/${id}/covers`, {
    person: counsellor,
    phone: canaries.latin('name', 'telephone of who stands in'),
    startsAt: on('02'),
    endsAt: on('04'),
  });
  const version = (await admin.send('GET', '/calendar'))?.headers.get('etag') ?? '';
  const change = {
    term: {
      id: null,
      name: canaries.text('name', 'name of a term'),
      startsOn: '2052-01-01',
      endsOn: '2052-02-01',
    },
    days: [{ day: '2052-03-01', kind: 'holiday', label: canaries.text('name', 'name of a day') }],
  };
  await admin.ask('PATCH', '/calendar', change, { 'if-match': version });
}

/** The administrator names channels, of which none reaches anybody. */
async function setUpChannels(admin: Visitor, canaries: Canaries): Promise<void> {
  const secret = (name: string) => canaries.text('password', name);
  await admin.post('/outside-contacts', {
    name: canaries.han('name', 'contact outside'),
    phone: '8000-9000',
    email: null,
  });
  const mail = {
    kind: 'email',
    host: canaries.text('name', 'host of a channel'),
    port: 25,
    security: 'none',
    user: canaries.text('name', 'user of a channel'),
    password: secret('password of a channel'),
    from: 'a@school.example',
  };
  const { id } = await admin.post<{ id: string }>('/channels', {
    name: canaries.han('name', 'channel'),
    config: mail,
  });
  await admin.post('/channels', {
    name: canaries.han('name', 'another channel'),
    config: {
      kind: 'ringing',
      url: 'https://127.0.0.1/x',
      secret: secret('secret of a channel'),
      mode: 'sms',
    },
  });
  await admin.post(`/channels/${id}/tests`, { to: canaries.text('name', 'receiver of a test') });
  const version = (await admin.send('GET', '/channels')) ? '"1"' : '';
  const change = { name: canaries.han('name', 'channel renamed'), enabled: false };
  await admin.ask('PATCH', `/channels/${id}`, change, { 'if-match': version });
}

/** A leader opens what is closed to them; another reviews it. */
async function breakTheGlass(
  canaries: Canaries,
  leader: Visitor,
  password: string,
  reviewer: Visitor,
  pupilId: string | undefined,
): Promise<void> {
  const proof = { password, code: leader.codes.pop() };
  await leader.post('/session/step-up', { ...proof, purpose: 'break_glass' });
  const { id } = await leader.post<{ id: string }>(`/pupils/${pupilId}/break-glass`, {
    category: 'danger_now',
    reason: `${canaries.text('words', 'reason to break the glass')}，学生现在可能有危险`,
  });
  await leader.get('/break-glass/active');
  await reviewer.post(`/break-glass/${id}/reviews`, {
    verdict: 'justified',
    note: canaries.text('words', 'note of a review'),
  });
  await leader.post(`/break-glass/${id}/end`, {});
}

/** An administrator changes an account, and once more in a version that is old. */
async function changeAccount(admin: Visitor, canaries: Canaries, name: string): Promise<void> {
  const { items } = await admin.get<{ items: { id: string; account: string }[] }>(
    '/accounts?limit=200',
  );
  const path = `/accounts/${items.find((one) => one.account === name)?.id}`;
  const version = (await admin.send('GET', path))?.headers.get('etag') ?? '';
  const change = { title: canaries.han('name', 'another title'), disabled: false };
  await admin.ask('PATCH', path, change, { 'if-match': version });
  await admin.send('PATCH', path, change, { 'if-match': version });
}

const changePassword = (who: Visitor, password: string, newPassword: string) =>
  who.post('/account/password', { password, newPassword });

/** Everybody looks at everything that they are shown. */
export async function readEverything({ people, pupils }: CanarySchool): Promise<void> {
  for (const who of Object.values(people)) {
    const listed = await who.send('GET', '/alerts?limit=50');
    const alerts = JSON.parse(listed?.body.toString() ?? '{}') as { items?: AlertRow[] };
    const listedGlass = await who.send('GET', '/break-glass');
    const { items } = JSON.parse(listedGlass?.body.toString() ?? '{}') as { items?: AlertRow[] };
    const glasses = (items ?? []).map((one) => one.id);
    const paths = [
      ...(alerts.items ?? []).map(({ id }) => `/alerts/${id}`),
      ...pupils.flatMap(({ id }) => [
        `/observations?pupil=${id}`,
        `/pupils/${id}`,
        `/pupils/${id}/exclusions`,
        `/pupils/${id}/readers`,
      ]),
      ...['/session', '/sessions', '/classes', '/pupils?limit=50', '/roster-imports', '/accounts'],
      ...['/erasures', '/monthly-reports', '/monthly-reports/mine', '/notices', '/boards/school'],
      ...['/break-glass', ...glasses.map((id) => `/break-glass/${id}`)],
      ...['/audit', '/audit/chain', '/audit/verification', '/audit/counts', '/openapi.json'],
    ];
    for (const path of paths) await who.send('GET', path);
  }
}

/** The live stream of a person from now on; returns what came. */
export async function followLive(who: Visitor): Promise<() => Buffer> {
  const parts: Buffer[] = [];
  const answer = await fetch(`${who.url}/events`, { headers: { cookie: who.cookie } });
  const read = async () => {
    for await (const part of answer.body ?? []) parts.push(Buffer.from(part));
  };
  // It ends with the process.
  void read().catch(() => undefined);
  return () => Buffer.concat(parts);
}
