import { crc32 } from 'node:zlib';
import { Inflate } from 'fflate';
import { bytesPerMb, rosterLimits } from './limits.ts';
import { RosterFileError } from './roster-errors.ts';

interface ArchiveEntry {
  name: string;
  method: number;
  checksum: number;
  packed: Uint8Array;
  claimedSize: number;
}

const endRecordSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
const endRecordSize = 22;
const entryHeaderSize = 46;
const localHeaderSize = 30;
const longestComment = 0xffff;
const stored = 0;
const deflated = 8;
/** A deflated byte can grow about a thousandfold: this bounds what one step may produce. */
const inflateStepBytes = 4 * 1024;

/**
 * Unpacks the wanted entries of a zip archive, counting the bytes that really come out: sizes in
 * headers are only compared with them afterwards. Checksums are verified, so a flipped bit is an
 * error and not a changed name.
 * @throws RosterFileError `roster.broken-zip`, `roster.encrypted`, `roster.unpacks-too-large`
 */
export function unpackArchive(
  bytes: Uint8Array,
  wanted: (name: string) => boolean,
): Map<string, Uint8Array> {
  const unpacked = new Map<string, Uint8Array>();
  let room: number = rosterLimits.unpackedBytes;
  for (const entry of listEntries(bytes)) {
    if (!wanted(entry.name)) continue;
    if (unpacked.has(entry.name)) throw new RosterFileError('roster.broken-zip');
    const content = unpackEntry(entry, Math.min(room, rosterLimits.partBytes));
    room -= content.length;
    unpacked.set(entry.name, content);
  }
  return unpacked;
}

function listEntries(bytes: Uint8Array): ArchiveEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEndRecord(view);
  const count = view.getUint16(end + 10, true);
  if (count > rosterLimits.archiveEntries) throw new RosterFileError('roster.broken-zip');
  const entries: ArchiveEntry[] = [];
  let at = view.getUint32(end + 16, true);
  for (let index = 0; index < count; index += 1) {
    if (at + entryHeaderSize > end || view.getUint32(at, true) !== entrySignature) {
      throw new RosterFileError('roster.broken-zip');
    }
    entries.push(readEntry(bytes, view, at));
    at +=
      entryHeaderSize +
      view.getUint16(at + 28, true) +
      view.getUint16(at + 30, true) +
      view.getUint16(at + 32, true);
  }
  return entries;
}

function findEndRecord(view: DataView): number {
  const last = view.byteLength - endRecordSize;
  for (let at = last; at >= 0 && at >= last - longestComment; at -= 1) {
    if (view.getUint32(at, true) === endRecordSignature) return at;
  }
  throw new RosterFileError('roster.broken-zip');
}

function readEntry(bytes: Uint8Array, view: DataView, at: number): ArchiveEntry {
  const flags = view.getUint16(at + 8, true);
  const packedSize = view.getUint32(at + 20, true);
  const nameLength = view.getUint16(at + 28, true);
  const local = view.getUint32(at + 42, true);
  if ((flags & 1) !== 0) throw new RosterFileError('roster.encrypted');
  if (local + localHeaderSize > bytes.length || view.getUint32(local, true) !== localSignature) {
    throw new RosterFileError('roster.broken-zip');
  }
  const start =
    local + localHeaderSize + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  const name = bytes.subarray(at + entryHeaderSize, at + entryHeaderSize + nameLength);
  return {
    name: new TextDecoder().decode(name),
    method: view.getUint16(at + 10, true),
    checksum: view.getUint32(at + 16, true),
    packed: bytes.subarray(start, start + packedSize),
    claimedSize: view.getUint32(at + 24, true),
  };
}

function unpackEntry(entry: ArchiveEntry, room: number): Uint8Array {
  const content = entry.method === deflated ? inflate(entry, room) : entry.packed;
  if (content.length > room) throw tooLarge(room);
  const intact =
    (entry.method === stored || entry.method === deflated) &&
    content.length === entry.claimedSize &&
    crc32(content) === entry.checksum;
  if (!intact) throw new RosterFileError('roster.broken-zip');
  return content;
}

/** Counts what really comes out and keeps no more of it than was claimed: more is an error either way. */
function inflate({ packed, claimedSize }: ArchiveEntry, room: number): Uint8Array {
  const content = new Uint8Array(Math.min(claimedSize, room));
  let total = 0;
  const stream = new Inflate((part) => {
    const at = total;
    total += part.length;
    if (total > room) throw tooLarge(room);
    if (total <= content.length) content.set(part, at);
  });
  try {
    let at = 0;
    do {
      const next = Math.min(at + inflateStepBytes, packed.length);
      stream.push(packed.subarray(at, next), next === packed.length);
      at = next;
    } while (at < packed.length);
  } catch (error) {
    if (error instanceof RosterFileError) throw error;
    throw new RosterFileError('roster.broken-zip');
  }
  if (total !== content.length) throw new RosterFileError('roster.broken-zip');
  return content;
}

function tooLarge(room: number): RosterFileError {
  const limit =
    room === rosterLimits.partBytes ? rosterLimits.partBytes : rosterLimits.unpackedBytes;
  return new RosterFileError('roster.unpacks-too-large', { limit: limit / bytesPerMb });
}
