import { read, type ApiEvent } from '#lib/api/client.ts';
import type { Page, Pupil } from '#lib/api/shapes.ts';
import type { Classmate } from './draft.ts';
import { surnameInitial } from './surname-initial.ts';

/** Everyone of a class, listed by the initial of the surname. */
export async function listClassmates(event: ApiEvent, classId: number): Promise<Classmate[]> {
  const classmates: Classmate[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Pupil> = await read(event, '/pupils', { class: classId, limit: 100, cursor });
    for (const { id, name } of page.items) {
      classmates.push({ id, name, initial: surnameInitial(name) });
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  const chinese = new Intl.Collator('zh-Hans-u-co-pinyin');
  return classmates.sort(
    (a, b) => a.initial.localeCompare(b.initial) || chinese.compare(a.name, b.name),
  );
}
