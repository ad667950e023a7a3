import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import {
  carryOutDue,
  deliverAll,
  observationInput,
  sendAll,
  startPeers,
  startTestApi,
} from '../testing/index.ts';
import type { Peers, Requester, TestApi } from '../testing/index.ts';
import { watchAnswers } from '../testing/refusals.ts';

let api: TestApi;
let girl: Requester;
let boy: Requester;
let pupils: string[];
beforeEach(async () => {
  await api?.stop();
  api = await startTestApi(inject('seededUrl'));
  watchAnswers(api);
  api.setNow(at('2026-11-24T10:00:00'));
  girl = await api.as('weiyuan-a');
  boy = await api.as('weiyuan-b');
  const { items } = (await (await girl.get('/pupils')).json()) as { items: { id: string }[] };
  const seated = [girl.personId, boy.personId];
  pupils = items.map((one) => one.id).filter((id) => !seated.includes(id));
  // One counsellor besides the lead: which of several is asked first is not what this is about.
  await api.admin`update app.grants g set starts_at = '2099-01-01' from app.staff s where s.id = g.person_id and s.staff_no = 'T120'`;
  // The stories of the demo have signs and clocks of their own.
  await api.admin`delete from app.cluster_members`;
  await api.admin`delete from app.cluster_alerts`;
  await api.admin`update app.observations set indicators = '{MOO01}'`;
  await api.admin`update app.alert_clocks set state = 'stopped', ended_at = now() where state = 'running'`;
});
afterAll(() => api.stop());

const at = (time: string) => new Date(`${time}+08:00`);
const pupil = (index: number) => pupils[index] ?? expect.unreachable('the class is too small');
type Input = Parameters<typeof observationInput>[1];
const observe = (id: string, changes: Input, who = girl) =>
  who.post('/observations', observationInput(id, { observedOn: '2026-11-24', ...changes }));
async function report(id: string, changes: Input, who = girl): Promise<void> {
  expect((await observe(id, changes, who)).status).toBe(201);
}

interface Row {
  id: string;
  subject: string;
  class: { name: string } | null;
  status: string;
  pupilCount: number | null;
  counsellorOnly: boolean;
  holder: { name: string } | null;
  ackDueAt: string;
  meetingDueAt: string;
  metAt: string | null;
  overdue: boolean;
}
const list = async (account: string): Promise<Row[]> => {
  const answer = await (await api.as(account)).get('/clusters');
  return ((await answer.json()) as { items: Row[] }).items;
};
const inWords = async (account: string) =>
  (await list(account)).map(({ subject, pupilCount, counsellorOnly }) =>
    [subject, pupilCount, ...(counsellorOnly ? ['counsellors'] : [])].join(' '),
  );
const raised = async (): Promise<Row> => {
  const [first] = await list('xinli');
  return first ?? expect.unreachable('no cluster');
};
const act = async (account: string, what: 'acknowledgement' | 'meeting') =>
  (await api.as(account)).post(`/clusters/${(await raised()).id}/${what}`, {});
const told = async (topic: string) => {
  await deliverAll(api);
  const rows = await api.admin<{ name: string }[]>`
    select acc.name from app.notices n join app.outbox o on o.school_id = n.school_id and o.id = n.outbox_id
    join app.accounts acc on acc.school_id = n.school_id and acc.person_id = n.person_id
    where o.topic = ${topic} order by n.at, acc.name`;
  return rows.map(({ name }) => name);
};

describe('two pupils of a class with signs of self-harm', () => {
  test('are a cluster for the lead counsellor, met about on the same day, beside the alert of each', async () => {
    await report(pupil(0), { indicators: ['SUI04'] });
    expect(await list('xinli')).toEqual([]);
    await report(pupil(1), { indicators: ['SUI07'], observedOn: '2026-11-20' }, boy);
    expect(await list('xinli')).toMatchObject([
      {
        subject: 'class',
        class: { name: '七(1)班' },
        status: 'open',
        pupilCount: 2,
        ackDueAt: at('2026-11-24T12:00:00').toISOString(),
        meetingDueAt: at('2026-11-24T17:30:00').toISOString(),
        holder: { me: true },
      },
    ]);
    const alerts =
      await api.admin`select from app.alerts where pupil_id in (${pupil(0)}, ${pupil(1)})`;
    expect(alerts).toHaveLength(2);
    expect(await told('cluster.raised')).toEqual(['xinli', 'zixun']);
  });

  test('are seen by those who answer for them: counsellors who they are, the leader how many, the grade head where; nobody else', async () => {
    await report(pupil(0), { indicators: ['SUI04'] });
    await report(pupil(1), { indicators: ['SUI07'] });
    expect(await inWords('zixun')).toEqual(['class 2']);
    expect(await inWords('deyu')).toEqual(['class 2']);
    expect(await inWords('nianji')).toEqual(['class ']);
    for (const account of ['banzhuren', 'weiyuan-a', 'admin', 'baohu'])
      expect(await list(account), account).toEqual([]);
    const { id } = await raised();
    const open = async (account: string) =>
      (await (await api.as(account)).get(`/clusters/${id}`)).json() as Promise<{
        pupils: { id: string }[] | null;
        canAct: boolean;
      }>;
    const { pupils: members, canAct } = await open('zixun');
    expect(members?.map((one) => one.id).sort()).toEqual([pupil(0), pupil(1)].sort());
    expect(canAct).toBe(true);
    for (const account of ['deyu', 'nianji'])
      expect(await open(account), account).toMatchObject({ pupils: null, canAct: false });
    const stranger = await (await api.as('xinli', 'qinghe')).get(`/clusters/${id}`);
    expect(stranger.status).toBe(404);
    const read = await api.admin<{ n: number }[]>`select count(*)::int as n from app.audit_entries
      where action = 'cluster.read' and resource = ${`cluster:${id}`}`;
    expect(read[0]?.n).toBe(3);
  });

  test('are one, reported at the same moment by two who see nothing of each other', async () => {
    const answers = await Promise.all([
      observe(pupil(0), { indicators: ['SUI04'] }),
      observe(pupil(1), { indicators: ['SUI07'] }, boy),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(await inWords('xinli')).toEqual(['class 2']);
  });

  test('are one in one monthly report too', async () => {
    const mine = (await (await girl.get('/monthly-reports/mine')).json()) as {
      months: { month: string; state: string }[];
    };
    const answer = await girl.post('/monthly-reports', {
      month: mine.months.find((one) => one.state !== 'submitted')?.month,
      kindness: null,
      zeroReport: false,
      observations: [
        observationInput(pupil(0), { indicators: ['SUI04'], observedOn: '2026-11-24' }),
        observationInput(pupil(1), { indicators: ['SUI02'], observedOn: '2026-11-24' }),
      ],
    });
    expect(answer.status).toBe(201);
    expect(await inWords('xinli')).toEqual(['class 2']);
  });

  test('fifteen days apart are none, nor one pupil twice, nor lighter signs', async () => {
    await report(pupil(0), { indicators: ['SUI04'], observedOn: '2026-11-09' });
    await report(pupil(0), { indicators: ['SUI07'] });
    await report(pupil(2), { indicators: ['SUI10'] });
    await report(pupil(1), { indicators: ['SUI04'], observedOn: '2026-10-01' });
    expect(await list('xinli')).toEqual([]);
  });
});

describe('a third pupil', () => {
  beforeEach(async () => {
    await report(pupil(0), { indicators: ['SUI04'] });
    await report(pupil(1), { indicators: ['SUI07'] });
  });
  const later = async () => {
    api.setNow(at('2026-11-24T11:00:00'));
    await report(pupil(2), { indicators: ['SUI08'] });
  };

  test('makes the grade a cluster of its own, and joins that of the class without moving its clocks', async () => {
    await later();
    expect((await inWords('xinli')).sort()).toEqual(['class 3', 'grade 3']);
    const ofClass = (await list('xinli')).find(({ subject }) => subject === 'class');
    expect(ofClass?.ackDueAt).toBe(at('2026-11-24T12:00:00').toISOString());
  });

  test('asks again whoever had answered, and for another meeting', async () => {
    expect((await act('xinli', 'acknowledgement')).status).toBe(201);
    expect((await act('xinli', 'meeting')).status).toBe(201);
    expect(await raised()).toMatchObject({ status: 'acknowledged', overdue: false });
    await later();
    const ofClass = (await list('xinli')).find(({ subject }) => subject === 'class');
    expect(ofClass).toMatchObject({ status: 'open', metAt: null });
    expect(ofClass?.ackDueAt).toBe(at('2026-11-24T13:00:00').toISOString());
  });

  test('but more about the same two asks nobody again', async () => {
    expect((await act('xinli', 'acknowledgement')).status).toBe(201);
    await report(pupil(0), { indicators: ['SUI08'] });
    expect(await list('xinli')).toMatchObject([{ status: 'acknowledged', pupilCount: 2 }]);
  });
});

describe('what is about school staff', () => {
  test('is a cluster that only counsellors see and are told of', async () => {
    await report(pupil(0), { indicators: ['SUI04'] });
    await report(pupil(1), { indicators: ['SUI07', 'BUL01'], aboutWhom: 'school_staff' });
    expect(await inWords('xinli')).toEqual(['class 2 counsellors']);
    for (const account of ['deyu', 'nianji']) expect(await list(account)).toEqual([]);
    expect(await told('cluster.raised')).toEqual(['xinli', 'zixun']);
  });
});

describe('whoever is kept away from one of the pupils', () => {
  test('does not hold the cluster, is told nothing of it and sees nothing of it', async () => {
    const lead = await api.as('xinli');
    await api.admin`insert into app.exclusions (school_id, id, person_id, pupil_id, grade_id, class_id, kind, decided_by, starts_at)
      select school_id, ${randomUUID()}, ${lead.personId}, id, grade_id, class_id, 'relative', ${lead.personId}, now() - interval '1 day'
      from app.pupils where id = ${pupil(1)}`;
    await report(pupil(0), { indicators: ['SUI04'] });
    await report(pupil(1), { indicators: ['SUI07'] });
    expect(await list('xinli')).toEqual([]);
    expect(await list('zixun')).toMatchObject([{ holder: { me: true } }]);
    expect(await told('cluster.raised')).toEqual(['zixun']);
  });
});

describe('outside the page', () => {
  let peers: Peers;
  beforeEach(async () => {
    peers = await startPeers();
    await api.admin`delete from app.messages`;
    await api.admin`delete from app.channels`;
    await deliverAll(api);
    const admin = await api.as('admin');
    for (const kind of ['email', 'ringing', 'wecom', 'webhook'] as const)
      expect(
        (await admin.post('/channels', { name: kind, config: peers.configs[kind] })).status,
      ).toBe(201);
    for (const account of ['xinli', 'zixun', 'deyu', 'xiaozhang'])
      await (
        await api.as(account)
      ).post('/account/contact-points', { kind: 'email', address: `${account}@school.example` });
    const contact = { name: '区心理中心', phone: null, email: 'outside@district.example' };
    expect((await (await api.as('deyu')).post('/outside-contacts', contact)).status).toBe(201);
    // What proves an address is no message about anything.
    peers.mail.letters.length = 0;
  });
  afterEach(() => peers.stop());
  const reached = async () => {
    await deliverAll(api);
    await sendAll(api);
    const letters = peers.mail.letters.splice(0);
    return letters.flatMap(({ to }) => to.map((address) => address.split('@')[0] ?? '')).sort();
  };
  const asked = () =>
    api.admin<{ channel_kind: string; kind: string; state: string }[]>`
      select channel_kind, kind, state from app.messages where cluster_id is not null order by channel_kind, kind`;

  test('a letter to each counsellor, one to the group without a name; then whoever it climbs to, and at last the contact outside', async () => {
    await report(pupil(0), { indicators: ['SUI04'] });
    await report(pupil(1), { indicators: ['SUI07'] });
    await api.admin`update app.alert_clocks set state = 'stopped', ended_at = now() where state = 'running'`;
    await deliverAll(api);
    await api.admin`delete from app.messages where alert_id is not null`;
    expect(await reached()).toEqual(['xinli', 'zixun']);
    expect((await asked()).map(({ channel_kind, kind }) => `${channel_kind} ${kind}`)).toEqual([
      'email cluster_to_answer',
      'email cluster_to_answer',
      'wecom cluster_to_answer',
    ]);
    const names = await api.admin<
      { name: string }[]
    >`select name from app.pupils where id = any (${[pupil(0), pupil(1)]})`;
    const said = JSON.stringify(peers.http.received);
    expect(said).toContain('几位同学');
    for (const { name } of names) expect(said).not.toContain(name);
    const walked: string[][] = [];
    for (const time of [
      '2026-11-24T12:00:00',
      '2026-11-24T17:30:00',
      '2026-11-25T23:00:00',
      '2026-11-26T23:00:00',
    ]) {
      api.setNow(at(time));
      await carryOutDue(api);
      walked.push(await reached());
    }
    const [counsellor, leader, another, nobody] = walked;
    expect(counsellor).toEqual(['zixun']);
    // Which of the leaders is asked first is not what this is about.
    expect([leader, another].flat().sort()).toEqual(['deyu', 'xiaozhang']);
    expect(nobody).toContain('outside');
    expect(nobody).toContain(another?.[0]);
  });

  test('nobody is asked any more when it is answered and the meeting was held', async () => {
    await report(pupil(0), { indicators: ['SUI04'] });
    await report(pupil(1), { indicators: ['SUI07'] });
    await deliverAll(api);
    await act('zixun', 'acknowledgement');
    await act('zixun', 'meeting');
    await sendAll(api);
    const states = (await asked()).map(({ state }) => state);
    expect(states.length).toBeGreaterThan(2);
    expect(new Set(states)).toEqual(new Set(['stopped']));
  });
});

describe('the clocks of a cluster', () => {
  beforeEach(async () => {
    await report(pupil(0), { indicators: ['SUI04'] });
    await report(pupil(1), { indicators: ['SUI07'] });
    await api.admin`update app.alert_clocks set state = 'stopped', ended_at = now() where state = 'running'`;
    await deliverAll(api);
  });
  const until = async (time: string) => {
    api.setNow(at(time));
    return carryOutDue(api);
  };
  const holder = async () => {
    const [row] = await api.admin<{ name: string; rung: string }[]>`
      select acc.name, c.rung from app.cluster_alerts c join app.accounts acc on acc.person_id = c.holder_id`;
    return `${row?.rung} ${row?.name}`;
  };

  test('climb when nobody acknowledges: each counsellor, the leaders, and never an end', async () => {
    expect(await until('2026-11-24T11:59:59')).toBe(0);
    expect(await until('2026-11-24T12:00:00')).toBe(1);
    expect(await holder()).toBe('school zixun');
    expect(await told('cluster.climbed')).toEqual(['zixun']);
    for (const time of ['2026-11-24T17:30:00', '2026-11-25T23:00:00', '2026-11-26T23:00:00'])
      expect(await until(time)).toBe(1);
    expect(await holder()).toMatch(/^outside /);
    expect(await until('2026-11-27T23:00:00')).toBe(1);
  });

  test('run on to the meeting after somebody took it, and stop when it was held', async () => {
    expect((await act('zixun', 'acknowledgement')).status).toBe(201);
    expect(await until('2026-11-24T17:29:59')).toBe(0);
    expect((await list('xinli'))[0]?.overdue).toBe(false);
    expect(await until('2026-11-24T17:30:00')).toBe(1);
    expect(await holder()).toBe('school xinli');
    expect((await act('xinli', 'meeting')).status).toBe(201);
    expect(await until('2026-11-30T10:00:00')).toBe(0);
  });

  test('a leader who sees it cannot answer for it; and each is answered once', async () => {
    expect((await act('deyu', 'acknowledgement')).status).toBe(403);
    expect((await act('nianji', 'meeting')).status).toBe(403);
    expect((await act('banzhuren', 'acknowledgement')).status).toBe(404);
    expect((await act('xinli', 'acknowledgement')).status).toBe(201);
    expect((await act('zixun', 'acknowledgement')).status).toBe(409);
    expect((await act('xinli', 'meeting')).status).toBe(201);
    expect((await act('zixun', 'meeting')).status).toBe(409);
  });

  test('what cannot be carried out is told to every counsellor and tried again', async () => {
    await api.admin`create function app.fault() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$`;
    await api.admin`create trigger faulty before update on app.cluster_alerts for each row
      when (new.missed <> old.missed) execute function app.fault()`;
    expect(await until('2026-11-24T12:00:00')).toBe(1);
    await api.admin`drop function app.fault() cascade`;
    expect(await holder()).toBe('school xinli');
    expect(await told('cluster.climbed')).toEqual([]);
    expect(await told('cluster.raised')).toEqual(['xinli', 'zixun', 'xinli', 'zixun']);
    expect(await until('2026-11-24T12:01:00')).toBe(1);
    expect(await holder()).toBe('school zixun');
  });

  test('two workers carry out one miss once', async () => {
    api.setNow(at('2026-11-24T12:00:00'));
    const carried = await Promise.all([carryOutDue(api), carryOutDue(api)]);
    expect(carried.reduce((sum, one) => sum + one)).toBe(1);
  });
});
