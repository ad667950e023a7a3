import { encode } from 'uqr';

export interface SquareCode {
  /** Modules on a side, with the quiet border that scanners need. */
  readonly size: number;
  /** The dark modules as the path of an SVG. */
  readonly path: string;
}

const border = 4;

/** A QR code (ISO 18004) to be drawn by the page itself: no picture is loaded, so the content security policy stays as it is. */
export function squareCodeOf(text: string): SquareCode {
  const { data, size } = encode(text, { border, ecc: 'M' });
  const path = data.flatMap((row, y) => runsOf(row).map(([x, n]) => `M${x} ${y}h${n}v1h-${n}z`));
  return { size, path: path.join('') };
}

/** Where dark modules begin in a row, and how many follow each other. */
function runsOf(row: readonly boolean[]): [at: number, length: number][] {
  const runs: [number, number][] = [];
  for (const [x, isDark] of row.entries()) {
    const last = runs.at(-1);
    if (isDark && last && last[0] + last[1] === x) last[1] += 1;
    else if (isDark) runs.push([x, 1]);
  }
  return runs;
}
