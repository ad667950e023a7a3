/** A path of this site to go on to, or the start page: never another host. */
export function pathWithin(next: unknown): string {
  if (typeof next !== 'string' || !next.startsWith('/') || /^\/[/\\]/.test(next)) return '/';
  const here = 'http://here.invalid';
  const url = URL.parse(next, here);
  if (url?.origin !== here || url.pathname.startsWith('//')) return '/';
  return url.pathname + url.search;
}
