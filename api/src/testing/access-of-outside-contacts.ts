import { askAbout, askPlainly, idOf, visibleIds } from './access-run.ts';
import type { Driver, Drivers } from './access-driver.ts';

const list: Driver = async (run, route) => {
  for (const who of run.asking) {
    const answer = await askPlainly(run, route, who);
    const items = (answer?.body as { items?: { id: string }[] } | undefined)?.items;
    if (!items) continue;
    const open = new Set(
      run.rows('outside_contacts').flatMap((row) => (row.closed === false ? idOf(row) : [])),
    );
    run.judge(
      { route, who, row: null, what: 'ids' },
      items.map((one) => one.id).sort(),
      visibleIds(run, 'outside_contacts', who).filter((id) => open.has(id)),
    );
  }
};

const body = { name: '区教育局值班室', phone: '8000-9000', email: null };

/** Taken back each time. */
const add: Driver = async (run, route) => {
  const { admin } = run.world.api;
  for (const who of run.asking) {
    await askPlainly(run, route, who, { body });
    await admin`delete from app.outside_contacts where name = ${body.name}`;
  }
};

/** Taken back each time. Each school has two, so that one may go. */
const end: Driver = async (run, route) => {
  const { admin } = run.world.api;
  for (const who of run.asking)
    for (const row of run.rows('outside_contacts').filter((one) => one.closed === false)) {
      const done = await askAbout(run, route, who, row, { body: {} });
      if (done)
        await admin`update app.outside_contacts set ended_at = null, ended_by = null where id = ${idOf(row)}`;
    }
  await run.refresh();
};

/** Whom an alert reaches when nobody at school answers. */
export const ofOutsideContacts: Drivers = {
  'GET /outside-contacts': list,
  'POST /outside-contacts': add,
  'POST /outside-contacts/{id}/end': end,
};
