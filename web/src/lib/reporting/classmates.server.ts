import { read, type ApiEvent } from '#lib/api/client.ts';
import type { PupilList, PupilRow } from '#lib/api/shapes.ts';
import type { Classmate } from './draft.ts';
import { surnameInitial } from './surname-initial.ts';

/** Everyone of a class, listed by the initial of the surname. */
export async function listClassmates(event: ApiEvent, classId: number): Promise<Classmate[]> {
  const classmates: Classmate[] = [];
  for await (const { id, name } of pupilsOf(event, classId)) {
    classmates.push({ id, name, initial: surnameInitial(name) });
  }
  const chinese = new Intl.Collator('zh-Hans-u-co-pinyin');
  return classmates.sort(
    (a, b) => a.initial.localeCompare(b.initial) || chinese.compare(a.name, b.name),
  );
}

async function* pupilsOf(event: ApiEvent, classId: number): AsyncGenerator<PupilRow> {
  let cursor: string | null = null;
  do {
    const page: PupilList = await read(event, '/pupils', { class: classId, limit: 200, cursor });
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
