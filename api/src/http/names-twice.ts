const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;

/**
 * Whether an object of this valid JSON text gives one name twice. `JSON.parse` keeps the last and says nothing; whoever looked at the
 * body before us may have kept the first, so such a body means two things and is refused.
 */
export function namesTwice(json: string): boolean {
  const open: (Set<string> | null)[] = [];
  let text: string | null = null;
  for (const [token] of json.matchAll(tokens)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else if (token.startsWith('"')) text = token;
    else if (token === ':' && text !== null) {
      // `"\u0061"` is one name with `"a"`.
      const name = JSON.parse(text) as string;
      const names = open.at(-1);
      if (names?.has(name)) return true;
      names?.add(name);
    }
  }
  return false;
}
