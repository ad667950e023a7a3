import { constants, deflateRawSync } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { bytesPerMb, rosterLimits } from './limits.ts';
import { RosterFileError } from './roster-errors.ts';
import { refusal } from './testing-files.ts';
import { unpackArchive } from './unpack-archive.ts';

const everything = () => true;
const name = 'xl/workbook.xml';
const content = strToU8('<workbook>名册</workbook>'.repeat(50));

function central(archive: Uint8Array): { view: DataView; at: number } {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  return { view, at: view.getUint32(archive.length - 22 + 16, true) };
}

function tryUnpack(archive: Uint8Array): Map<string, Uint8Array> | null {
  try {
    return unpackArchive(archive, everything);
  } catch (error) {
    if (error instanceof RosterFileError) return null;
    throw error;
  }
}

describe('unpacking an archive', () => {
  it('gives back what was packed, stored or deflated', () => {
    const files = { [name]: content, 'empty.xml': new Uint8Array() };
    for (const level of [0, 9] as const) {
      const unpacked = unpackArchive(zipSync(files, { level }), everything);
      expect(Object.fromEntries(unpacked)).toEqual(files);
    }
  });

  it('leaves alone what is not wanted, however large it would become', () => {
    const bomb = new Uint8Array(rosterLimits.unpackedBytes + 1);
    const archive = zipSync({ [name]: content, 'xl/media/picture.png': bomb });
    expect([...unpackArchive(archive, (path) => path.endsWith('.xml')).keys()]).toEqual([name]);
  });

  it('stops a zip bomb while it inflates', async () => {
    const bomb = zipSync({ [name]: new Uint8Array(rosterLimits.unpackedBytes + 1) }, { level: 9 });
    expect(bomb.length).toBeLessThan(100_000);
    expect((await refusal(() => unpackArchive(bomb, everything))).code).toBe(
      'roster.unpacks-too-large',
    );
  });

  it('stops early: gigabytes are never inflated', async () => {
    const block = deflateRawSync(Buffer.alloc(bytesPerMb * 64), {
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    const endOfStream = Uint8Array.of(3, 0);
    const packed = Buffer.concat([...Array<Buffer>(64).fill(block), endOfStream]);
    const bomb = zipSync({ [name]: packed }, { level: 0 });
    const { view, at } = central(bomb);
    view.setUint16(at + 10, 8, true);
    expect(bomb.length).toBeLessThan(rosterLimits.packedBytes);
    const startedAt = performance.now();
    expect((await refusal(() => unpackArchive(bomb, everything))).code).toBe(
      'roster.unpacks-too-large',
    );
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('counts all entries together', async () => {
    const part = new Uint8Array(rosterLimits.unpackedBytes / 2 + 1);
    const bomb = zipSync({ 'a.xml': part, 'b.xml': part });
    expect((await refusal(() => unpackArchive(bomb, everything))).code).toBe(
      'roster.unpacks-too-large',
    );
    expect(unpackArchive(bomb, (path) => path === 'a.xml').size).toBe(1);
  });

  it('does not believe a size in a header', async () => {
    const bomb = zipSync({ [name]: new Uint8Array(rosterLimits.unpackedBytes + 1) });
    const small = zipSync({ [name]: content });
    for (const archive of [bomb, small]) {
      const { view, at } = central(archive);
      view.setUint32(at + 24, 10, true);
      view.setUint32(22, 10, true);
    }
    expect((await refusal(() => unpackArchive(bomb, everything))).code).toBe(
      'roster.unpacks-too-large',
    );
    expect((await refusal(() => unpackArchive(small, everything))).code).toBe('roster.broken-zip');
  });

  it('never gives back changed content for a flipped bit', () => {
    for (const level of [0, 6] as const) {
      const archive = zipSync({ [name]: content }, { level });
      const { at: end } = central(archive);
      let refused = 0;
      for (let at = 30 + name.length; at < end; at += 1) {
        const damaged = archive.slice();
        damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
        const unpacked = tryUnpack(damaged);
        if (unpacked === null) refused += 1;
        // The bits that fill up the last byte carry nothing.
        else expect(unpacked.get(name)).toEqual(content);
      }
      expect(refused).toBeGreaterThanOrEqual(end - 30 - name.length - 1);
    }
  });

  it('refuses an archive cut short anywhere', async () => {
    const archive = zipSync({ [name]: content });
    for (let length = 0; length < archive.length; length += 1) {
      const cut = archive.slice(0, length);
      expect((await refusal(() => unpackArchive(cut, everything))).code).toBe('roster.broken-zip');
    }
  });

  it('refuses encrypted entries, doubled names and unknown methods', async () => {
    const encrypted = zipSync({ [name]: content });
    const { view, at } = central(encrypted);
    view.setUint16(at + 8, view.getUint16(at + 8, true) | 1, true);
    expect((await refusal(() => unpackArchive(encrypted, everything))).code).toBe(
      'roster.encrypted',
    );

    const doubled = zipSync({ 'a.xml': content, 'b.xml': content });
    const second = central(doubled).at + 46 + 'a.xml'.length;
    doubled[second + 46] = 'a'.charCodeAt(0);
    expect((await refusal(() => unpackArchive(doubled, everything))).code).toBe(
      'roster.broken-zip',
    );

    const strange = zipSync({ [name]: content }, { level: 0 });
    const entry = central(strange);
    entry.view.setUint16(entry.at + 10, 12, true);
    expect((await refusal(() => unpackArchive(strange, everything))).code).toBe(
      'roster.broken-zip',
    );
  });

  it('refuses more entries than any workbook has', async () => {
    const many = Object.fromEntries(
      Array.from({ length: rosterLimits.archiveEntries + 1 }, (_, index) => [
        `${index}.xml`,
        new Uint8Array(),
      ]),
    );
    const archive = zipSync(many);
    expect((await refusal(() => unpackArchive(archive, everything))).code).toBe(
      'roster.broken-zip',
    );
  });
});
