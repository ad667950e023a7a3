import type { Form } from './forms.ts';

/** Something that must not be found, or must. */
export interface Needle {
  readonly name: string;
  readonly forms: readonly Form[];
}

export interface Hit {
  readonly needle: string;
  readonly form: string;
  readonly at: number;
}

interface Pattern {
  readonly needle: string;
  readonly form: string;
  readonly bytes: Buffer;
}

/** Shorter ones would be found by accident. */
const shortest = 8;
const filterBits = 22;
const slotOf = (window: number): number => Math.imul(window, 0x9e3779b1) >>> (32 - filterBits);

/**
 * Looks for all needles in all their forms at once: a filter of the first four bytes of each, then a comparison.
 * @example
 * compile([{ name: 'words', forms: formsOfText('…') }])(bytes); // [{ needle: 'words', form: 'hex', at: 4711 }]
 */
export function compile(needles: readonly Needle[]): (bytes: Uint8Array) => Hit[] {
  const filter = new Uint8Array(1 << filterBits);
  const byWindow = new Map<number, Pattern[]>();
  for (const { name, forms } of needles)
    for (const form of forms) {
      if (form.bytes.length < shortest)
        throw new Error(`${name} is too short to be looked for as ${form.name}`);
      const window = form.bytes.readUInt32BE(0);
      filter[slotOf(window)] = 1;
      const list = byWindow.get(window) ?? [];
      list.push({ needle: name, form: form.name, bytes: form.bytes });
      byWindow.set(window, list);
    }
  return (source) => {
    const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
    const hits: Hit[] = [];
    let window = 0;
    for (let end = 0; end < bytes.length; end += 1) {
      window = ((window << 8) | (bytes[end] as number)) >>> 0;
      if (filter[slotOf(window)] === 0 || end < 3) continue;
      for (const pattern of byWindow.get(window) ?? []) {
        const at = end - 3;
        if (bytes.subarray(at, at + pattern.bytes.length).equals(pattern.bytes))
          hits.push({ needle: pattern.needle, form: pattern.form, at });
      }
    }
    return hits;
  };
}
