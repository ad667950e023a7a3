import { randomBytes } from 'node:crypto';
import { commonHan, formsOfBytes, formsOfText } from './forms.ts';
import type { Needle } from './search.ts';

/**
 * What a canary stands for, and so where it may be seen:
 * `words` are P3 and P4 texts that the program takes and keeps sealed, or takes and drops; `refused` is what it does not take;
 * `password` and `key` are secrets; `name` is P1, which lies open in the database and is still in no log; `control` is written where the
 * search must find it; `open` is told to everybody.
 */
export type CanaryGroup = 'words' | 'refused' | 'password' | 'key' | 'name' | 'control' | 'open';

/** Unique texts, each half of which is looked for on its own, and secrets in whatever form. */
export class Canaries {
  readonly #needles = new Map<string, Needle[]>();

  /** A text nobody else in the world has written, Latin and Chinese: `canary3f…金丝雀…`. */
  text(group: CanaryGroup, name: string): string {
    return this.latin(group, `${name} (latin)`) + this.han(group, `${name} (han)`);
  }

  latin(group: CanaryGroup, name: string): string {
    const text = `canary${BigInt(`0x${randomBytes(10).toString('hex')}`).toString(36)}`;
    this.#add(group, { name, forms: formsOfText(text.slice('canary'.length)) });
    return text;
  }

  han(group: CanaryGroup, name: string): string {
    const bytes = randomBytes(14);
    const text = [0, 2, 4, 6, 8, 10, 12]
      .map((at) => commonHan(bytes.readUInt8(at), bytes.readUInt8(at + 1)))
      .join('');
    this.#add(group, { name, forms: formsOfText(text) });
    return `金丝雀${text}`;
  }

  /** A secret that is there already. */
  secretText(name: string, text: string): void {
    this.#add('key', { name, forms: formsOfText(text) });
  }

  secretBytes(name: string, bytes: Uint8Array): void {
    this.#add('key', { name, forms: formsOfBytes(Buffer.from(bytes)) });
  }

  /** A number of the register and the like: a text with a form of its own. */
  given(group: CanaryGroup, name: string, text: string): string {
    this.#add(group, { name, forms: formsOfText(text) });
    return text;
  }

  #add(group: CanaryGroup, needle: Needle): void {
    const list = this.#needles.get(group) ?? [];
    // Keys are collected more than once.
    if (list.some((one) => one.name === `${group}/${needle.name}`)) return;
    list.push({ ...needle, name: `${group}/${needle.name}` });
    this.#needles.set(group, list);
  }

  of(...groups: CanaryGroup[]): Needle[] {
    return groups.flatMap((group) => this.#needles.get(group) ?? []);
  }
}
