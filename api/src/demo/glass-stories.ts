import { randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import { glassReviewDueAt } from '@shaodian/rules';
import type { GlassInput } from '../break-glass/break-glass.schemas.ts';
import { endGlass } from '../break-glass/end-glass.ts';
import { openGlass } from '../break-glass/open-glass.ts';
import { reviewGlass } from '../break-glass/review-glass.ts';
import type { Deps } from '../deps.ts';
import { sha256 } from '../http/session.ts';
import type { Actor } from '../http/types.ts';
import { readCalendar } from '../schools/calendar.reads.ts';
import type { DemoSchool } from './demo-school.ts';
import { demoActor } from './demo-actor.ts';

type StoryDeps = Pick<Deps, 'db' | 'master' | 'newId'>;

interface GlassStory extends GlassInput {
  readonly className: string;
  readonly hoursAgo: number;
  readonly minutes: number;
  readonly review?: { readonly hoursLater: number; readonly note: string };
}

const stories: readonly GlassStory[] = [
  {
    className: '七(3)班',
    hoursAgo: 74,
    minutes: 12,
    category: 'outside_help',
    reason:
      '家长在校门口说孩子手上有伤，救护车已经叫了，值班老师联系不上，要马上知道我们掌握的情况。',
    review: { hoursLater: 22, note: '和值班记录核对过，属实。以后先打第二值班电话。' },
  },
  {
    className: '九(1)班',
    hoursAgo: 18,
    minutes: 8,
    category: 'official_request',
    reason: '派出所来电核实这名学生昨晚的情况，需要马上确认学校预警的原因。',
  },
];

/** The principal, who is on no duty list, opened two alerts in need: one was reviewed, one waits for it. Long over, both. */
export async function playGlassStories(
  deps: StoryDeps,
  sql: Sql,
  school: DemoSchool,
  now: Date,
): Promise<void> {
  const principal: Actor = {
    ...demoActor(deps, school.id, school.staff.get('T121') ?? ''),
    steppedUp: { until: new Date(Date.now() + 600_000), purpose: 'break_glass' },
  };
  const calendar = await deps.db.asActor(principal, (trx) => readCalendar(trx, school.id));
  const lead = demoActor(deps, school.id, school.staff.get('T118') ?? '');
  for (const { className, hoursAgo, minutes, review, ...input } of stories) {
    const at = new Date(now.getTime() - hoursAgo * 3_600_000);
    const pupil = await alertedPupil(deps, principal, className);
    const { id } = await openGlass({ ...deps, now: () => at }, principal, pupil, input, once());
    await endGlass(deps, principal, id, once());
    if (review)
      await reviewGlass(deps, lead, id, { verdict: 'justified', note: review.note }, once());
    // The database writes its own time; these are stories of the days before.
    const after = (minutesLater: number) => new Date(at.getTime() + minutesLater * 60_000);
    await sql`update app.break_glass set opened_at = ${at}, expires_at = ${after(30)}, ended_at = ${after(minutes)},
      review_due_at = ${glassReviewDueAt(at.toISOString(), calendar)} where id = ${id}`;
    await sql`update app.break_glass_reviews set reviewed_at = ${after(60 * (review?.hoursLater ?? 0))} where glass_id = ${id}`;
  }
}

const once = () => ({ key: randomUUID(), route: 'demo', payloadSha256: sha256('demo') });

async function alertedPupil(deps: StoryDeps, leader: Actor, className: string): Promise<string> {
  const alert = await deps.db.asActor(leader, (trx) =>
    trx
      .selectFrom('alerts as a')
      .innerJoin('classes as c', (on) =>
        on.onRef('c.school_id', '=', 'a.school_id').onRef('c.id', '=', 'a.class_id'),
      )
      .select('a.pupil_id')
      .where('a.school_id', '=', leader.schoolId)
      .where('c.name', '=', className)
      .executeTakeFirst(),
  );
  if (!alert) throw new Error(`the demo has no alert of ${className} that a leader lists`);
  return alert.pupil_id;
}
