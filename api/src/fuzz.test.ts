import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { newRecoveryCodes, recoveryCodeHash } from './second-factor/recovery-codes.ts';
import { deliverAll, startTestApi } from './testing/index.ts';
import type { TestApi } from './testing/index.ts';
import { documentOf, watchAnswers } from './testing/refusals.ts';
import { chanceOf } from './testing/fuzz/chance.ts';
import { operationsFrom } from './testing/fuzz/operations.ts';
import { fuzz, isAccepted, slowestOf } from './testing/fuzz/run.ts';
import type { Asker } from './testing/fuzz/run.ts';

const long = process.env['SHAODIAN_LONG'] !== undefined;
const requests = Number(process.env['SHAODIAN_FUZZ_REQUESTS'] ?? (long ? 1_000_000 : 20_000));
const seed = Number(process.env['SHAODIAN_FUZZ_SEED'] ?? 20261125);
/** A school of its own for each so many: an ordinary one never has what a million requests leave behind. */
const requestsARound = 100_000;
const minutesARound = long ? 45 : 10;
const rounds = Array.from({ length: Math.ceil(requests / requestsARound) }, (_, n) => ({
  seed: seed + n,
  requests: Math.min(requestsARound, requests - n * requestsARound),
}));

/** One of each kind of account of the demo, one whose session waits for a code, and nobody. */
const cast = [
  'jiangpan/weiyuan-a',
  'jiangpan/weiyuan-b',
  'jiangpan/banzhuren',
  'jiangpan/banzhuren-2',
  'jiangpan/nianji',
  'jiangpan/xinli',
  'jiangpan/zixun',
  'jiangpan/deyu',
  'jiangpan/admin',
  'jiangpan/baohu',
  'jiangpan/xiaozhang',
  'qinghe/weiyuan-a',
] as const;

/** Asked once in ten times: each costs a password hash, and a flood of them is answered 503 on purpose; or it reads the whole chain. */
const seldom = new Set([
  'POST /session',
  'POST /session/step-up',
  'POST /account/password',
  'POST /account/second-factor',
  'POST /account/second-factor/recovery-codes',
  'POST /account/second-factor/end',
  'POST /accounts/{id}/second-factor/reset',
  'POST /accounts',
  'POST /setup',
  'GET /audit/verification',
  'POST /channels/{id}/tests',
]);
/** Cannot be accepted here: there is a school already, this is not the demo, and nobody has a telephone with codes. */
const unreachable = new Set([
  'POST /setup',
  'GET /demo/cast',
  'POST /account/second-factor/confirmation',
  'POST /account/second-factor/recovery-codes',
  'POST /account/second-factor/end',
  'POST /accounts/{id}/second-factor/reset',
  // A code that was sent, and an id that stands in a message: neither is in any answer.
  'POST /account/contact-points/{id}/proof',
  'POST /messages/{id}/opened',
]);

const tomorrow = {
  startsAt: new Date(Date.now() + 24 * 3_600_000).toISOString(),
  endsAt: new Date(Date.now() + 30 * 3_600_000).toISOString(),
};

/** Bodies that no schema can know. */
const samplesOf = (recoveryCodes: string[], waiting: string[], person: string) => ({
  'POST /absences': [{ person, ...tomorrow }],
  'POST /duty-slots/{id}/covers': [{ person, phone: null, ...tomorrow }],
  'POST /grant-proposals/decisions': [
    {
      get ids() {
        return waiting.splice(-1);
      },
      decision: 'refuse',
    },
  ],
  'POST /session': [
    { school: 'jiangpan', account: 'zixun', password: 'shaodian-demo' },
    { school: 'qinghe', account: 'weiyuan-a', password: 'shaodian-demo' },
  ],
  'POST /session/step-up': [{ password: 'shaodian-demo', purpose: 'follow_up' }],
  'POST /session/second-factor': [
    {
      get code() {
        return recoveryCodes.shift() ?? '';
      },
    },
  ],
  'POST /account/second-factor': [{ password: 'shaodian-demo' }],
  // The same again: whoever signs in afterwards still can.
  'POST /account/password': [{ password: 'shaodian-demo', newPassword: 'shaodian-demo' }],
});

const steppedUpFor = {
  xinli: 'verify_report',
  deyu: 'break_glass',
} as const;

/** What waits for a second person, of every alert: half of it by the one counsellor, half by the other. */
async function proposeClosings(api: TestApi): Promise<void> {
  const [lead, counsellor] = [await api.as('xinli'), await api.as('zixun')];
  await api.admin`update app.alerts set status = 'acknowledged', acknowledged_at = now(), acknowledged_by = ${lead.personId}, next_step = 'other'
    where status = 'open' and school_id = ${lead.schoolId} and get_byte(uuid_send(id), 1) % 2 = 0`;
  await api.admin`insert into app.alert_proposals (school_id, id, alert_id, pupil_id, act, colour_was, outcome, proposed_by, proposed_at, state)
    select school_id, gen_random_uuid(), id, pupil_id, 'close', colour, 'supported',
      case get_byte(uuid_send(id), 0) % 2 when 0 then ${lead.personId}::uuid else ${counsellor.personId}::uuid end, now(), 'open'
    from app.alerts where school_id = ${lead.schoolId} and status = 'acknowledged' and get_byte(uuid_send(id), 2) % 3 > 0`;
}

/** What lapsed, as it does at anything new, waits again: withdrawing and deciding need something that waits. */
const proposeAgain = (api: TestApi, personId: string) =>
  api.admin`update app.alert_proposals p set state = 'open', decided_by = null, decided_at = null, agreed_in = null
    where p.id in (select distinct on (q.alert_id) q.id from app.alert_proposals q
      join app.alerts a on a.school_id = q.school_id and a.id = q.alert_id and a.status <> 'closed'
      where q.proposed_by = ${personId} and q.state <> 'agreed'
        and not exists (select from app.alert_proposals o where o.alert_id = q.alert_id and o.state = 'open')
      order by q.alert_id, q.id)`.catch((error: { code?: string }) => {
    // Somebody proposed something else in this moment.
    if (error.code !== '23505') throw error;
  });

/** So many that wait for a second person that chance meets some; each colleague for many classes. */
async function proposeRoles(api: TestApi, schoolId: number): Promise<string[]> {
  const { personId: proposer } = await api.as('admin');
  const rows = await api.admin<
    { id: string }[]
  >`insert into app.grant_proposals (school_id, id, batch_id, person_id, role, scope, class_id, reason, proposed_by)
    select c.school_id, gen_random_uuid(), gen_random_uuid(), s.id, 'homeroom_teacher', 'class', c.id, 'change_of_duty', ${proposer}
    from app.staff s join app.classes c on c.school_id = s.school_id
    where s.school_id = ${schoolId} and s.id <> ${proposer}
      and s.id not in (select g.person_id from app.grants g where g.school_id = s.school_id and g.role = 'school_leader')
    order by c.id, s.id limit 400 returning id`;
  return rows.map((row) => row.id);
}

let uploaded = 0;
/** An import that could be applied: chance alone seldom makes a file without a fault. */
async function uploadRoster(api: TestApi): Promise<void> {
  uploaded += 1;
  const bytes = new TextEncoder().encode(
    `学号,姓名,性别,年级,班级\nF${String(uploaded).padStart(4, '0')},新同学,女,七年级,七(1)班\n`,
  );
  const headers = { 'content-type': 'application/octet-stream' };
  await (await api.as('admin')).post(`/roster-imports?fileName=f${uploaded}.csv`, bytes, headers);
}

/** The fuzzer erases pupils, and some day one of those it asks as: another seat of the school then asks in their place. */
async function whoever(api: TestApi, account: string, school: string) {
  const [gone] = await api.admin<{ school_id: number; person_id: string }[]>`
    select k.school_id, k.person_id from app.committee_seats k join app.schools s on s.id = k.school_id join app.pupils p on p.id = k.person_id
    where s.code = ${school} and not exists (select from app.accounts a where a.school_id = s.id and a.name = ${account}) limit 1`;
  return gone ? api.asPerson(gone.school_id, gone.person_id) : api.as(account, school);
}

/** One counsellor and one leader have given the password again, and open what needs it. */
async function signInAs(api: TestApi, account: string, school: string): Promise<string> {
  const { cookie, personId, schoolId } = await whoever(api, account, school);
  // Wrong codes count, and would keep whoever gives them from ever giving a right one.
  await api.admin`delete from app.sign_in_attempts where school_id = ${schoolId}`;
  if (account === 'xiaozhang')
    await api.admin`update app.sessions set stage = 'code' where school_id = ${schoolId} and person_id = ${personId}`;
  // The fuzzer is an administrator and a leader too: it takes roles away, and disables whom it finds.
  await api.admin`update app.grants set ends_at = null, ended_by = null, end_reason = null
    where school_id = ${schoolId} and person_id = ${personId} and ends_at <= now()`;
  await api.admin`update app.accounts set disabled_at = null where person_id = ${personId} and disabled_at is not null`;
  await proposeAgain(api, personId);
  // What was uploaded before may be about another roster by now.
  if (account === 'admin') await uploadRoster(api);
  const purpose = steppedUpFor[account as keyof typeof steppedUpFor];
  if (purpose && school === 'jiangpan')
    await api.admin`update app.sessions set stepped_up_until = now() + interval '3 hours', step_up_purpose = ${purpose}
      where person_id = ${personId} and revoked_at is null`;
  return cookie;
}

describe.each(rounds)(
  '$requests requests from our own schemas, seed $seed',
  ({ seed, requests }) => {
    let api: TestApi;
    let samples: ReturnType<typeof samplesOf>;
    beforeAll(async () => {
      api = await startTestApi(inject('seededUrl'));
      // So that there are notices to see.
      await deliverAll(api);
      // The demo's cluster was answered for; here somebody still can.
      await api.admin`update app.cluster_alerts set status = 'open', acknowledged_at = null, acknowledged_by = null, met_at = null, met_by = null`;
      await proposeClosings(api);
      const { personId, schoolId } = await api.as('xiaozhang');
      const recoveryCodes = Array.from({ length: 30 }, newRecoveryCodes).flat();
      for (const code of recoveryCodes)
        await api.admin`insert into app.recovery_codes (school_id, person_id, code_sha256)
        values (${schoolId}, ${personId}, ${recoveryCodeHash(code)})`;
      for (let n = 0; n < 12; n += 1) await uploadRoster(api);
      samples = samplesOf(recoveryCodes, await proposeRoles(api, schoolId), personId);
    });
    afterAll(() => api.stop());

    const name = 'no 5xx, no hang, nothing invalid accepted, nothing undocumented';
    test(name, { timeout: minutesARound * 60_000 }, async () => {
      const operations = operationsFrom(documentOf(api));
      watchAnswers(api);
      const askers: Asker[] = [{ name: 'nobody', signIn: () => Promise.resolve(null) }];
      for (const name of cast) {
        const [school = '', account = ''] = name.split('/');
        askers.push({ name, signIn: () => signInAs(api, account, school) });
      }
      const report = await fuzz({
        app: api.app,
        operations,
        askers,
        seed,
        requests,
        atOnce: 8,
        chance: chanceOf(seed),
        seldom,
        samples,
        closed: unreachable,
        onProgress: (so) =>
          process.stdout.write(
            `fuzz: ${so.requests} requests, ${so.faults.length} faults, ${slowestOf(so)}\n`,
          ),
        onFault: (fault) => process.stdout.write(`fuzz: a fault: ${JSON.stringify(fault)}\n`),
      });
      for (const operation of operations) {
        const statuses = [...(report.seen.get(operation.name) ?? [])].sort(([a], [b]) => a - b);
        process.stdout.write(
          `${operation.name.padEnd(44)} ${String(Math.round(report.slowestMs.get(operation.name) ?? 0)).padStart(5)} ms ${statuses.map(([status, n]) => `${status}×${n}`).join(' ')}\n`,
        );
      }
      const { valid, broken, hostile } = report.byKind;
      process.stdout.write(
        `fuzz, seed ${seed}: ${report.requests} requests (${valid} valid, ${broken} broken, ${hostile} hostile) as ${askers.length} people, ${slowestOf(report)}, ${report.faults.length} faults\n`,
      );
      expect(report.faults).toEqual([]);
      expect(report.requests).toBeGreaterThanOrEqual(requests);
      const neverAccepted = operations.filter(
        (one) => !unreachable.has(one.name) && !isAccepted(report, one),
      );
      expect(neverAccepted.map((one) => one.name)).toEqual([]);
    });
  },
);
