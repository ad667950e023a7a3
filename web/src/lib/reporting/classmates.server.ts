import { error } from '@sveltejs/kit';
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

/** One pupil out of those the reader may list; for anyone else there is nothing to be found. */
export async function getPupil(event: ApiEvent, pupilId: string): Promise<PupilRow> {
  for await (const pupil of pupilsOf(event, null)) if (pupil.id === pupilId) return pupil;
  error(404, '');
}

async function* pupilsOf(event: ApiEvent, classId: number | null): AsyncGenerator<PupilRow> {
  let cursor: string | null = null;
  do {
    const page: PupilList = await read(event, '/pupils', { class: classId, limit: 200, cursor });
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
