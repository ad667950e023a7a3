import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Context } from '../db/context.ts';
import { startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';

type Person = Context & { kind: 'person' };

let api: TestApi;
let admin: Requester;
let leader: Requester;
let lead: Requester;
let target: string;

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  admin = await api.as('admin');
  leader = await api.as('xiaozhang');
  lead = await api.as('xinli');
  target = await staffId('T080');
});
afterAll(() => api.stop());

const staffId = async (no: string) =>
  (await api.admin<{ id: string }[]>`select id from app.staff where staff_no = ${no}`)[0]?.id ?? '';

/** Right after the password was given again to approve roles. */
const raised = (who: Requester): Person => ({
  ...who.context,
  steppedUp: { until: new Date(Date.now() + 600_000), purpose: 'approve_grants' },
});

/** One statement as the app role: the rows it changed, or the code of the error. */
const run = (who: Person, statement: string): Promise<number | string> =>
  api.deps.db
    .asActor(who, async (trx) =>
      Number((await sql.raw(statement).execute(trx)).numAffectedRows ?? 0n),
    )
    .catch((error: { code?: string }) => error.code ?? String(error));

const proposing = (by: string, person: string, role: string, more: Record<string, string> = {}) => {
  const values: Record<string, string> = {
    school_id: String(admin.schoolId),
    id: `'${randomUUID()}'`,
    batch_id: `'${randomUUID()}'`,
    person_id: `'${person}'`,
    role: `'${role}'`,
    scope: `'school'`,
    reason: `'change_of_duty'`,
    proposed_by: `'${by}'`,
    ...more,
  };
  return `insert into app.grant_proposals (${Object.keys(values).join(', ')}) values (${Object.values(values).join(', ')})`;
};
const idIn = (statement: string) => /values \(\d+, '([^']+)'/.exec(statement)?.[1] ?? '';
const deciding = (id: string, by: string, decision = 'approved') =>
  `update app.grant_proposals set decision = '${decision}', decided_by = '${by}' where id = '${id}'`;
const grants = async () =>
  (await api.admin<{ n: number }[]>`select count(*)::int as n from app.grants`)[0]?.n;
const denied = '42501';

/** A proposal that waits, by the administrator. */
async function waiting(role = 'counsellor', person = target): Promise<string> {
  await api.admin`delete from app.grant_proposals where person_id = ${person} and decision is null`;
  const statement = proposing(admin.personId, person, role);
  expect(await run(admin.context, statement)).toBe(1);
  return idIn(statement);
}

describe('in SQL, as the app role, nobody makes a grant alone', () => {
  test('not by writing it, nor by bringing an ended one back, moving it or lengthening it', async () => {
    const before = await grants();
    const id = randomUUID();
    const everybody = [raised(admin), raised(leader), raised(lead)];
    for (const who of everybody) {
      expect(
        await run(
          who,
          `insert into app.grants (school_id, id, person_id, role, scope, starts_at, granted_by, approved_by)
          values (${admin.schoolId}, '${id}', '${target}', 'counsellor', 'school', now(), '${admin.personId}', '${leader.personId}')`,
        ),
      ).toBe(denied);
      for (const change of [
        'ends_at = null',
        "ends_at = now() + interval '1 year'",
        "starts_at = '2000-01-01'",
        "role = 'lead_counsellor'",
        `person_id = '${target}'`,
        "scope = 'school', class_id = null",
        'proposal_id = null',
        'ended_by = null, end_reason = null, ends_at = null',
      ])
        expect([change, await run(who, `update app.grants set ${change}`)]).toEqual([
          change,
          denied,
        ]);
      expect(await run(who, 'delete from app.grants')).toBe(denied);
      expect(
        await run(
          who,
          `insert into app.committee_seats (school_id, id, class_id, grade_id, seat, person_id, starts_on)
          select p.school_id, '${id}', p.class_id, p.grade_id, 'A', p.id, current_date from app.pupils p limit 1`,
        ),
      ).toBe(denied);
    }
    expect(await grants()).toBe(before);
  });

  test('not by ending one and then saying that nobody ended it', async () => {
    const [row] = await api.admin<{ id: string }[]>`
      select id from app.grants where role = 'counsellor' and person_id = ${await staffId('T120')}`;
    const end = (by: string) =>
      `update app.grants set ended_by = '${by}', end_reason = 'mistake' where id = '${row?.id}'`;
    expect(await run(admin.context, end(leader.personId))).toBe(denied);
    expect(await run(admin.context, end(admin.personId))).toBe(1);
    expect(await run(admin.context, end(admin.personId))).toBe(0);
    expect(await run(leader.context, end(leader.personId))).toBe(0);
    const undo = `update app.grants set ended_by = null, end_reason = null where id = '${row?.id}'`;
    for (const who of [admin, leader]) expect(await run(who.context, undo)).toBe(0);
    const [now] =
      await api.admin`select ends_at <= now() as over from app.grants where id = ${row?.id ?? ''}`;
    expect(now).toEqual({ over: true });
  });

  test('not by approving what one proposed, what is for oneself, or in another’s name', async () => {
    const before = await grants();
    const id = await waiting();
    expect(await run(raised(admin), deciding(id, admin.personId))).toBe(0);
    expect(await run(raised(admin), deciding(id, leader.personId))).toBe(0);
    expect(await run(raised(leader), deciding(id, lead.personId))).toBe(denied);
    expect(await run(raised(lead), deciding(id, lead.personId))).toBe(0);
    // Without the password again; and with it, for something else.
    expect(await run(leader.context, deciding(id, leader.personId))).toBe(denied);
    const other = { until: new Date(Date.now() + 600_000), purpose: 'verify_report' } as const;
    expect(await run({ ...leader.context, steppedUp: other }, deciding(id, leader.personId))).toBe(
      denied,
    );
    const own = await waiting('mentor', leader.personId);
    expect(await run(raised(leader), deciding(own, leader.personId))).toBe(0);
    expect(await grants()).toBe(before);
  });

  test('not by proposing in another’s name, for oneself, or something already approved', async () => {
    const before = await grants();
    const seat = { seat: `'A'`, seat_from: 'current_date', scope: `'class'` };
    for (const [who, statement] of [
      [admin, proposing(leader.personId, target, 'counsellor')],
      [admin, proposing(admin.personId, admin.personId, 'counsellor')],
      [leader, proposing(leader.personId, target, 'counsellor')],
      [lead, proposing(lead.personId, target, 'counsellor')],
      [
        admin,
        proposing(admin.personId, target, 'counsellor', {
          decision: `'approved'`,
          decided_by: `'${leader.personId}'`,
        }),
      ],
    ] as const)
      expect([statement, await run(raised(who), statement)]).toEqual([statement, denied]);
    // A child gets no role of staff, nor a teacher a seat.
    const [pupil] = await api.admin<{ id: string; class_id: number }[]>`
      select id, class_id from app.pupils where school_id = ${admin.schoolId} limit 1`;
    const child = pupil?.id ?? '';
    expect(await run(admin.context, proposing(admin.personId, child, 'counsellor'))).toBe('23503');
    expect(
      await run(
        admin.context,
        proposing(admin.personId, target, 'committee_member', {
          ...seat,
          class_id: String(pupil?.class_id),
        }),
      ),
    ).toBe('23503');
    expect(await grants()).toBe(before);
  });

  test('not by changing what was proposed before or after the yes', async () => {
    const id = await waiting();
    for (const change of [
      `person_id = '${admin.personId}'`,
      "role = 'lead_counsellor'",
      `proposed_by = '${lead.personId}'`,
      'ends_at = null',
      'decided_at = now()',
    ])
      for (const who of [admin, leader, lead])
        expect(await run(raised(who), `update app.grant_proposals set ${change}`)).toBe(denied);
    expect(await run(raised(leader), deciding(id, leader.personId))).toBe(1);
    for (const who of [admin, leader, lead]) {
      expect(await run(raised(who), deciding(id, who.personId, 'refused'))).toBe(0);
      expect(await run(raised(who), deciding(id, who.personId))).toBe(0);
    }
    const rows = await api.admin`select from app.grants where proposal_id = ${id}`;
    expect(rows).toHaveLength(1);
  });

  test('not by setting the password of the one who would approve', async () => {
    const [account] = await api.admin<{ id: string }[]>`
      select id from app.accounts where person_id = ${leader.personId}`;
    expect(await run(admin.context, `select sec.set_password('${account?.id}', 'x')`)).toBe(denied);
  });

  test('not as a passer-by of another school', async () => {
    const stranger = await api.as('xinli', 'qinghe');
    const id = await waiting();
    expect(await run(raised(stranger), deciding(id, stranger.personId))).toBe(0);
    expect(await run(stranger.context, proposing(stranger.personId, target, 'expert'))).toBe(
      denied,
    );
  });

  test('and not even whoever owns the tables writes one in which two are the same', async () => {
    const id = await waiting();
    for (const [granted, approved] of [
      [admin.personId, admin.personId],
      [admin.personId, target],
      [target, leader.personId],
      [admin.personId, null],
    ])
      await expect(
        api.admin`insert into app.grants (school_id, id, person_id, role, scope, starts_at, granted_by, approved_by, proposal_id)
          values (${admin.schoolId}, ${randomUUID()}, ${target}, 'counsellor', 'school', now(), ${granted ?? null}, ${approved ?? null}, ${id})`,
      ).rejects.toMatchObject({ constraint_name: 'grants_two_people' });
    for (const by of [admin.personId, target])
      await expect(
        api.admin`update app.grant_proposals set decision = 'approved', decided_by = ${by} where id = ${id}`,
      ).rejects.toMatchObject({ constraint_name: 'grant_proposals_two_people' });
  });
});
