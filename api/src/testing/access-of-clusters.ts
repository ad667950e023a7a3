import { mayReadField, routeOf } from './access-routes.ts';
import { askAbout, askPlainly, idOf, visibleIds } from './access-run.ts';
import type { Driver, Drivers } from './access-driver.ts';

const list: Driver = async (run, route) => {
  for (const who of run.asking) {
    const answer = await askPlainly(run, route, who);
    const items = (answer?.body as { items?: { id: string }[] } | undefined)?.items;
    if (!items) continue;
    const open = new Set(
      run.rows('cluster_alerts').flatMap((row) => (row.closed === false ? idOf(row) : [])),
    );
    run.judge(
      { route, who, row: null, what: 'ids' },
      items.map((one) => one.id).sort(),
      visibleIds(run, 'cluster_alerts', who).filter((id) => open.has(id)),
    );
  }
};

const open: Driver = async (run, route) => {
  for (const who of run.asking)
    for (const row of run.rows('cluster_alerts')) {
      const answer = await askAbout(run, route, who, row);
      if (!answer) continue;
      const body = answer.body as {
        pupils: unknown;
        pupilCount: number | null;
        canAct: boolean;
      };
      const got = {
        pupils: body.pupils !== null,
        pupilCount: body.pupilCount !== null,
        canAct: body.canAct,
      };
      for (const [field, shown] of Object.entries(got))
        run.judge(
          { route, who, row, what: field },
          shown,
          mayReadField(routeOf(route), field, who.actor, row),
        );
    }
};

/** By everybody on each; taken back each time, so that every cell starts from the same. */
const answer =
  (ready: (cluster: { status: string; met_at: Date | null }) => boolean): Driver =>
  async (run, route) => {
    const { admin } = run.world.api;
    for (const row of run.rows('cluster_alerts')) {
      const [saved] = await admin<
        { status: string; met_at: Date | null; holder_id: string | null }[]
      >`select status, met_at, holder_id from app.cluster_alerts where id = ${idOf(row)}`;
      if (!saved) throw new Error('the cluster is gone');
      for (const who of run.asking) {
        const done = await askAbout(run, route, who, row, { body: {}, ready: ready(saved) });
        if (done)
          await admin`update app.cluster_alerts set status = ${saved.status}, holder_id = ${saved.holder_id}, rung = 'school', asked = '{}',
            acknowledged_at = null, acknowledged_by = null, met_at = null, met_by = null where id = ${idOf(row)}`;
      }
    }
    await run.refresh();
  };

/** Several pupils at once. */
export const ofClusters: Drivers = {
  'GET /clusters': list,
  'GET /clusters/{id}': open,
  'POST /clusters/{id}/acknowledgement': answer(({ status }) => status === 'open'),
  'POST /clusters/{id}/meeting': answer(({ met_at }) => met_at === null),
};
