import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import { sealText, unsealText } from '../src/crypto/seal.ts';
import { startTestApi } from '../src/testing/index.ts';
import type { Requester, TestApi } from '../src/testing/index.ts';
import { emptySample, measure, rowOf } from './measure.ts';
import type { Row } from './measure.ts';

const pageSize = 50;
const pinyin = new Intl.Collator('zh-Hans-u-co-pinyin');

interface Person {
  readonly id: string;
  readonly name: string;
}

/** As names stand: the database sorts by pinyin and looks for a part of one, under row security. */
const plain = (api: TestApi, who: Requester, part: string) => () =>
  api.deps.db.asActor(who.context, async (trx) => {
    await sql`select id, name from app.pupils where school_id = ${who.schoolId} and strpos(name, ${part}) > 0
      order by name, id limit ${pageSize + 1}`.execute(trx);
  });

/**
 * As it would be with a key for each pupil: every name the reader may list is read and opened before the first page can be sorted. The
 * unwrapping of the keys is counted; that they would have to be read is not.
 */
function sealed(people: readonly Person[], part: string) {
  const kek = { id: 'kek', key: Buffer.alloc(32, 1) };
  const place = (id: string) => ({ table: 'pupils', column: 'name', row: id, schoolId: 1 });
  const rows = people.map(({ id, name }) => {
    const key = createHmac('sha256', kek.key).update(id).digest();
    return {
      id,
      wrapped: sealText(key.toString('base64'), kek, place(id)),
      name: sealText(name, { id, key }, place(id)),
    };
  });
  return () => {
    const opened = rows.map((row) => {
      const key = Buffer.from(unsealText(row.wrapped, kek, place(row.id)), 'base64');
      return { id: row.id, name: unsealText(row.name, { id: row.id, key }, place(row.id)) };
    });
    opened
      .filter(({ name }) => name.includes(part))
      .sort((a, b) => pinyin.compare(a.name, b.name))
      .slice(0, pageSize);
    return Promise.resolve();
  };
}

/** The first page of a school's names, and of those with a part in them: kept plain, and sealed. */
export async function measureNames(seededUrl: string, each: number): Promise<Row[]> {
  const api = await startTestApi(seededUrl);
  const who = await api.as('xinli');
  const people = await api.admin<Person[]>`
    select id, name from app.pupils where school_id = ${who.schoolId} order by id`;
  const rows: Row[] = [];
  for (const [what, part] of [
    ['page of names', ''],
    ['names with 雨', '雨'],
  ] as const)
    for (const [how, job] of [
      ['plain', plain(api, who, part)],
      [`${people.length} sealed`, sealed(people, part)],
    ] as const) {
      await measure(emptySample(), 1, [job, job, job]);
      const sample = emptySample();
      await measure(
        sample,
        1,
        Array.from({ length: each }, () => job),
      );
      rows.push(rowOf(`${what}, ${how}`, 1, sample));
    }
  await api.stop();
  return rows;
}
