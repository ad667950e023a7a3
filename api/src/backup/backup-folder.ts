import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { openStream, sealStream } from './sealed-stream.ts';

/** What a base copy is of; sealed like everything else. */
const manifestSchema = z.strictObject({
  version: z.literal(1),
  postgresMajor: z.number().int(),
  startedAt: z.iso.datetime(),
  /** The copy is consistent from here on: no earlier time can be restored from it. */
  consistentAt: z.iso.datetime(),
  firstSegment: z.string().regex(/^[0-9A-F]{24}$/),
  /** Of a server that was not the embedded one. */
  elsewhere: z
    .strictObject({ database: z.string(), databases: z.array(z.string()).readonly() })
    .optional(),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** What an export of rows is of; sealed like everything else. */
const rowsManifestSchema = z.strictObject({
  version: z.literal(1),
  postgresMajor: z.number().int(),
  takenAt: z.iso.datetime(),
  migrations: z.array(z.string()),
  tables: z.record(z.string(), z.strictObject({ rows: z.string(), sum: z.string() })),
  sequences: z.record(z.string(), z.string().nullable()),
});
export type RowsManifest = z.infer<typeof rowsManifestSchema>;

export interface RowsCopy {
  readonly name: string;
  readonly manifest: RowsManifest;
}

export interface BaseCopy {
  readonly name: string;
  readonly manifest: Manifest;
}

const baseFolder = 'base';
const walFolder = 'wal';
const exportFolder = 'export';

/** Writes a stream into the backup, compressed and sealed; whole or not at all, and on the disk when it returns. */
export async function writeSealed(
  folder: string,
  name: string,
  key: Uint8Array,
  source: AsyncIterable<Uint8Array>,
): Promise<void> {
  const file = join(folder, name);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const unfinished = `${file}.part`;
  await pipeline(
    Readable.from(source),
    createGzip({ level: 1 }),
    (compressed: AsyncIterable<Uint8Array>) => sealStream(compressed, key, name),
    createWriteStream(unfinished, { mode: 0o600, flags: 'w' }),
  );
  const handle = await open(unfinished, 'r');
  await handle.sync().finally(() => handle.close());
  await rename(unfinished, file);
}

/** The bytes that `writeSealed` was given. @throws BackupFileError */
export function readSealed(
  folder: string,
  name: string,
  key: Uint8Array,
): AsyncIterable<Uint8Array> {
  const opened = Readable.from(openStream(createReadStream(join(folder, name)), key, name));
  const plain = createGunzip();
  opened.on('error', (error) => plain.destroy(error));
  return opened.pipe(plain);
}

const writeJson = (folder: string, name: string, key: Uint8Array, value: unknown): Promise<void> =>
  writeSealed(folder, name, key, Readable.from([Buffer.from(JSON.stringify(value))]));

async function readJson(folder: string, name: string, key: Uint8Array): Promise<unknown> {
  const parts: Uint8Array[] = [];
  for await (const part of readSealed(folder, name, key)) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}

export const writeManifest = (
  folder: string,
  base: string,
  key: Uint8Array,
  manifest: Manifest,
): Promise<void> => writeJson(folder, `${baseFolder}/${base}.manifest`, key, manifest);

export const writeExportManifest = (
  folder: string,
  name: string,
  key: Uint8Array,
  manifest: RowsManifest,
): Promise<void> => writeJson(folder, `${exportFolder}/${name}.manifest`, key, manifest);

export const filesOfExport = (name: string): string => `${exportFolder}/${name}.rows`;
export const filesOfBase = (base: string): string => `${baseFolder}/${base}.files`;
export const fileOfSegment = (segment: string): string => `${walFolder}/${segment}`;

const namesIn = (folder: string): Promise<string[]> =>
  readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });

/** Names in a folder of the backup whose manifest is there; it is written last, so they were finished. The oldest first. */
const finishedIn = async (folder: string): Promise<string[]> =>
  (await namesIn(folder))
    .filter((name) => name.endsWith('.manifest'))
    .map((name) => name.slice(0, -'.manifest'.length))
    .sort();

export async function listBases(folder: string, key: Uint8Array): Promise<BaseCopy[]> {
  const bases: BaseCopy[] = [];
  for (const name of await finishedIn(join(folder, baseFolder))) {
    const json = await readJson(folder, `${baseFolder}/${name}.manifest`, key);
    bases.push({ name, manifest: manifestSchema.parse(json) });
  }
  return bases;
}

/** The newest export of rows, or undefined. */
export async function findNewestExport(
  folder: string,
  key: Uint8Array,
): Promise<RowsCopy | undefined> {
  const name = (await finishedIn(join(folder, exportFolder))).at(-1);
  if (name === undefined) return undefined;
  const json = await readJson(folder, `${exportFolder}/${name}.manifest`, key);
  return { name, manifest: rowsManifestSchema.parse(json) };
}

/** Segments of the log, and the histories of its timelines. */
export const isOfLog = (name: string): boolean =>
  /^[0-9A-F]{24}$|^[0-9A-F]{8}[.]history$/.test(name);

/** The files of the log that the backup holds, in order. */
export const listSegments = async (folder: string): Promise<string[]> =>
  (await namesIn(join(folder, walFolder))).filter(isOfLog).sort();
