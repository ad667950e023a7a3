import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { watchAnswers } from '../testing/refusals.ts';

interface Board {
  alerts: {
    byColourTier: { colour: string; tier: string; open: number; acknowledged: number }[];
    unacknowledged: number;
    overdue: number;
    acknowledgedWithinClock: { n: number; of: number };
  };
  submissions: { month: string; seats: number; submitted: number; late: number; missing: number };
  byGrade: { grade: { id: number }; seats: number; submitted: number; open: number }[];
  months: Record<'month' | 'blue' | 'yellow' | 'orange' | 'red', string | number>[];
}

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  watchAnswers(api);
});
afterAll(() => api.stop());

const board = async (who: Requester) => (await (await who.get('/boards/school')).json()) as Board;
const listed = async (who: Requester) =>
  (
    (await (await who.get('/alerts?limit=100')).json()) as {
      items: {
        colour: string;
        tier: string;
        status: string;
        overdue: boolean;
        acknowledgedAt: string | null;
        ackDueAt: string;
      }[];
    }
  ).items;

describe('the school’s board', () => {
  test.each(['xiaozhang', 'deyu', 'xinli', 'zixun'])(
    'counts for %s exactly the alerts that this reader lists',
    async (account) => {
      const who = await api.as(account);
      const [{ alerts, byGrade }, rows] = [await board(who), await listed(who)];
      expect(rows.length).toBeGreaterThan(2);
      const open = rows.filter((one) => one.status === 'open');
      expect(alerts.unacknowledged).toBe(open.length);
      expect(alerts.overdue).toBe(rows.filter((one) => one.overdue).length);
      const answered = rows.filter((one) => one.acknowledgedAt !== null);
      expect(alerts.acknowledgedWithinClock).toEqual({
        n: answered.filter((one) => (one.acknowledgedAt ?? '') <= one.ackDueAt).length,
        of: answered.length,
      });
      for (const cell of alerts.byColourTier) {
        const inCell = rows.filter((one) => one.colour === cell.colour && one.tier === cell.tier);
        expect(cell.open).toBe(inCell.filter((one) => one.status === 'open').length);
        expect(cell.acknowledged).toBe(
          inCell.filter((one) => one.status === 'acknowledged').length,
        );
      }
      const cells = alerts.byColourTier.reduce((sum, one) => sum + one.open + one.acknowledged, 0);
      expect(cells).toBe(rows.length);
      expect(byGrade.reduce((sum, one) => sum + one.open, 0)).toBe(open.length);
    },
  );

  test('does not move for a leader when an alert is about school staff, nor when it is blue', async () => {
    const [leader, counsellor, reporter] = [
      await api.as('deyu'),
      await api.as('xinli'),
      await api.as('weiyuan-a'),
    ];
    const [before, ours] = [await board(leader), await board(counsellor)];
    const { items } = (await (await reporter.get('/pupils')).json()) as { items: { id: string }[] };
    const [one, two] = items
      .map((row) => row.id)
      .filter((id) => id !== reporter.personId)
      .slice(-2);
    await reporter.post(
      '/observations',
      observationInput(one ?? '', { indicators: ['ABU02'], aboutWhom: 'school_staff' }),
    );
    await reporter.post('/observations', observationInput(two ?? '', { indicators: ['MOO01'] }));
    const [after, seen] = [await board(leader), await board(counsellor)];
    expect({ ...after, asOf: '' }).toEqual({ ...before, asOf: '' });
    expect(seen.alerts.unacknowledged).toBe(ours.alerts.unacknowledged + 2);
  });

  test('counts the seats and the reports of the month before', async () => {
    const { submissions, byGrade } = await board(await api.as('xiaozhang'));
    const [stored] =
      await api.admin`select count(*)::int as submitted, (count(*) filter (where r.late))::int as late
      from app.monthly_reports r join app.schools s on s.id = r.school_id where s.code = 'jiangpan' and r.month = ${`${submissions.month}-01`}`;
    expect(submissions).toMatchObject({
      ...stored,
      seats: 48,
      missing: 48 - Number(stored?.['submitted']),
    });
    expect(byGrade.reduce((sum, one) => sum + one.submitted, 0)).toBe(submissions.submitted);
    expect(byGrade.map((one) => one.seats)).toEqual([16, 16, 16]);
  });

  test('shows six months, the present one last, each with what was raised in it at the school', async () => {
    const who = await api.as('xinli');
    const { months } = await board(who);
    expect(months).toHaveLength(6);
    const raised = await api.admin<{ month: string; colour: string; n: number }[]>`
      select to_char(a.raised_at at time zone 'Asia/Shanghai', 'YYYY-MM') as month, colour, count(*)::int as n
      from app.alerts a where a.school_id = ${who.schoolId} group by 1, 2`;
    for (const { month, colour, n } of raised)
      expect(months.find((one) => one.month === month)?.[colour as 'red']).toBe(n);
    const counted = months.reduce(
      (sum, one) =>
        sum + Number(one.blue) + Number(one.yellow) + Number(one.orange) + Number(one.red),
      0,
    );
    expect(counted).toBe(raised.reduce((sum, one) => sum + one.n, 0));
    const ordered = months.map((one) => one.month);
    expect(ordered).toEqual([...ordered].sort());
  });

  test('is overdue the moment a clock has run out', async () => {
    const who = await api.as('xinli');
    const open = (await listed(who)).filter((one) => one.status === 'open');
    const last = Math.max(...open.map((one) => Date.parse(one.ackDueAt)));
    api.setNow(new Date(last + 1));
    expect((await board(who)).alerts.overdue).toBe(open.length);
    api.setNow(new Date());
  });

  test('is not for those who do not lead or counsel', async () => {
    for (const account of ['weiyuan-a', 'banzhuren', 'nianji', 'admin', 'baohu'])
      expect((await (await api.as(account)).get('/boards/school')).status).toBe(403);
  });

  test('of one school counts nothing of the other', async () => {
    const { alerts, submissions } = await board(await api.as('xinli', 'qinghe'));
    expect(alerts).toEqual({
      byColourTier: [],
      unacknowledged: 0,
      overdue: 0,
      acknowledgedWithinClock: { n: 0, of: 0 },
    });
    expect(submissions).toMatchObject({ seats: 6, submitted: 0 });
  });
});
