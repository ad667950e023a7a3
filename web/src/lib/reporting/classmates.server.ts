import { read, type ApiEvent } from '#lib/api/client.ts';
import type { PupilList, PupilRow } from '#lib/api/shapes.ts';
import type { Classmate } from './draft.ts';
import { surnameInitial } from './surname-initial.ts';

/** Everyone of a class, listed by the initial of the surname. */
export async function listClassmates(event: ApiEvent, classId: number): Promise<Classmate[]> {
  const classmates = (await listPupils(event, classId)).map(({ id, name }) => ({
    id,
    name,
    initial: surnameInitial(name),
  }));
  const chinese = new Intl.Collator('zh-Hans-u-co-pinyin');
  return classmates.sort(
    (a, b) => a.initial.localeCompare(b.initial) || chinese.compare(a.name, b.name),
  );
}

/** Every pupil of a class the reader may list. */
export async function listPupils(event: ApiEvent, classId: number): Promise<PupilRow[]> {
  const pupils: PupilRow[] = [];
  let cursor: string | null = null;
  do {
    const page: PupilList = await read(event, '/pupils', { class: classId, limit: 100, cursor });
    pupils.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return pupils;
}
