/**
 * What a browser would send after these Set-Cookie lines. A page that is drawn in the same request as an action must already ask with
 * the session that the action was given.
 */
export function cookiesAfter(sent: string, setLines: readonly string[]): string {
  const cookies = new Map(
    sent
      .split(';')
      .map((pair) => pair.trim())
      .filter((pair) => pair.includes('='))
      .map((pair) => [nameOf(pair), pair]),
  );
  for (const line of setLines) {
    const pair = line.split(';')[0]?.trim() ?? '';
    if (/;\s*max-age=0(;|$)/i.test(line)) cookies.delete(nameOf(pair));
    else cookies.set(nameOf(pair), pair);
  }
  return [...cookies.values()].join('; ');
}

const nameOf = (pair: string): string => pair.slice(0, pair.indexOf('='));
