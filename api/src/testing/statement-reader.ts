/**
 * Reads what a client says to PostgreSQL (protocol 3.0, "Message Formats") and gives the texts of the statements that are begun in each piece:
 * of simple queries, and of prepared ones each time they are bound.
 */
export function statementReader(): (piece: Buffer) => readonly string[] {
  const prepared = new Map<string, string>();
  let rest: Buffer = Buffer.alloc(0);
  // The first message, who wants in, is the only one without a letter before its length.
  let started = false;

  return (piece) => {
    rest = Buffer.concat([rest, piece]);
    const statements: string[] = [];
    for (;;) {
      const at = started ? 1 : 0;
      if (rest.length < at + 4) return statements;
      const end = at + rest.readInt32BE(at);
      if (rest.length < end) return statements;
      if (started) {
        const text = statementIn(String.fromCharCode(rest[0] ?? 0), rest.subarray(5, end));
        if (text !== null) statements.push(text);
      }
      started = true;
      rest = rest.subarray(end);
    }
  };

  function statementIn(letter: string, body: Buffer): string | null {
    const [first = '', second = ''] = body.toString('latin1').split('\0', 2);
    if (letter === 'Q') return first;
    if (letter === 'P') prepared.set(first, second);
    return letter === 'B' ? (prepared.get(second) ?? '') : null;
  }
}
