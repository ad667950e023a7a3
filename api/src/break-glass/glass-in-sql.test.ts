import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { SteppedUp } from '../db/context.ts';
import type { Requester } from '../testing/index.ts';
import { startGlassScene } from '../testing/glass-scene.ts';
import type { GlassScene } from '../testing/glass-scene.ts';

let scene: GlassScene;
let api: GlassScene['api'];
let leader: Requester;
let lead: Requester;
beforeAll(async () => {
  scene = await startGlassScene(inject('seededUrl'));
  ({ api, leader, lead } = scene);
});
afterAll(() => api.stop());

describe('the database', () => {
  const claims = (purpose: SteppedUp['purpose'] = 'break_glass'): SteppedUp => ({
    until: new Date(Date.now() + 600_000),
    purpose,
  });
  const insert = (who: Requester, pupil: string, steppedUp: SteppedUp | null, more: object = {}) =>
    api.deps.db.asActor({ ...who.context, steppedUp }, async (trx) => {
      const id = randomUUID();
      await trx
        .insertInto('break_glass')
        .values({
          school_id: who.schoolId,
          id,
          pupil_id: pupil,
          person_id: who.personId,
          category: 'other',
          reason: Buffer.from('sealed'),
          review_due_at: new Date(Date.now() + 86_400_000),
          ...more,
        })
        .execute();
      const reasons =
        await sql<object>`select from app.alert_reasons where pupil_id = ${pupil}`.execute(trx);
      return `${reasons.rows.length} reasons`;
    });
  const outcome = (work: Promise<unknown>) =>
    work.then(
      (done) => done,
      (error: { code?: string }) => error.code,
    );

  test('opens nothing of which nobody is told', async () => {
    const pupil = scene.nextPupil();
    await scene.alertOn(pupil);
    expect(await outcome(insert(leader, pupil, claims()))).toBe('0 reasons');
  });

  test('takes no opening without the claims, for another purpose, in another name, or longer than it lasts', async () => {
    const pupil = scene.nextPupil();
    await scene.alertOn(pupil);
    expect(await outcome(insert(leader, pupil, null))).toBe('42501');
    expect(await outcome(insert(leader, pupil, claims('follow_up')))).toBe('42501');
    expect(await outcome(insert(lead, pupil, claims()))).toBe('42501');
    expect(await outcome(insert(leader, pupil, claims(), { person_id: lead.personId }))).toBe(
      '42501',
    );
    expect(await outcome(insert(leader, scene.nextPupil(), claims()))).toBe('42501');
    const later = new Date(Date.now() + 3_600_000);
    expect(await outcome(insert(leader, pupil, claims(), { expires_at: later }))).toBe('42501');
    const never = new Date(Date.now() + 90 * 86_400_000);
    expect(await outcome(insert(leader, pupil, claims(), { review_due_at: never }))).toBe('23514');
  });

  test('lets nobody tell of a break-glass that never was, nor again of one that is over', async () => {
    const pupil = scene.nextPupil();
    await scene.alertOn(pupil);
    const tell = (who: Requester, subject: string) =>
      outcome(
        api.deps.db.asActor(who.context, async (trx) => {
          await trx
            .insertInto('outbox')
            .values({
              school_id: who.schoolId,
              id: randomUUID(),
              topic: 'break_glass.opened',
              subject_id: subject,
              at: new Date(),
            })
            .execute();
          return 'told';
        }),
      );
    for (const who of [leader, scene.girl, lead, scene.officer])
      expect(await tell(who, randomUUID())).toBe('42501');
    const glass = await scene.open(leader, pupil);
    expect(await tell(lead, glass)).toBe('42501');
    await scene.end(leader, glass);
    expect(await tell(leader, glass)).toBe('42501');
  });
});
