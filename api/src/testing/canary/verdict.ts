import type { FoundHit, SearchedPlace } from './places.ts';
import type { KnownPlace } from './secrets.ts';

/** Here words and names are to be read, and still no secret. */
export const readersPlace = 'answers to who may read';
/** Here somebody is given a secret of their own, once. */
export const givenPlace = 'secrets, given once';
/** Where names lie in the open: the tables, their log, and what the program shows those who may see it. */
const namesLie = new Set(['tables', 'tables, as text', 'log (WAL)', 'restored copy', 'answers']);
/** What somebody else made of it meanwhile, told to whoever wanted to change it too. */
const currentCopy = /(\/acknowledgement 409|PATCH \/accounts\/\S+ 412)$/;

export interface Verdict {
  /** Canaries and secrets where none may be. */
  readonly leaks: string[];
  /** Names in the places where they lie, so that the same search is known to find. */
  readonly controls: ReadonlyMap<string, number>;
}

/**
 * @param acceptedAsNames canaries of broken requests that were none: what they said was taken as a name
 */
export function judge(
  places: Iterable<SearchedPlace>,
  known: readonly KnownPlace[],
  acceptedAsNames: readonly string[],
): Verdict {
  const leaks = new Map<string, number>();
  const controls = new Map<string, number>();
  for (const { place, hits } of places)
    for (const hit of hits) {
      if (isKnown(hit, known) || hit.needle.startsWith('control/')) continue;
      const isName =
        hit.needle.startsWith('name/') ||
        acceptedAsNames.some((one) => hit.needle.startsWith(`refused/${one}`));
      if (place === givenPlace) continue;
      const isOwn = place === readersPlace && !/^(password|key)\//.test(hit.needle);
      if (isOwn || (isName && (namesLie.has(place) || currentCopy.test(hit.where))))
        controls.set(place, (controls.get(place) ?? 0) + 1);
      else {
        const leak = `${place} (${hit.where}): ${hit.needle} as ${hit.form}`;
        leaks.set(leak, (leaks.get(leak) ?? 0) + 1);
      }
    }
  return { leaks: [...leaks].map(([leak, times]) => `${leak} × ${times}`), controls };
}

const isKnown = (hit: FoundHit, known: readonly KnownPlace[]): boolean =>
  known.some(({ needle, where }) => needle.name === hit.needle && where.test(hit.where));

/** A table of where was looked. */
export function describeSearch(
  places: Iterable<SearchedPlace>,
  { controls }: Verdict,
  leaksIn: (place: string) => number,
): string {
  const head = ['place', 'parts', 'bytes', 'names found (control)', 'leaks'];
  const rows = [...places].map(({ place, parts, bytes }) => [
    place,
    String(parts),
    bytes.toLocaleString('en'),
    String(controls.get(place) ?? 0),
    String(leaksIn(place)),
  ]);
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => (row[at] ?? '').length)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, at) =>
          at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}
