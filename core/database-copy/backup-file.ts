import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { createByteReader } from './byte-reader.ts';
import { createRowChecksum, type TableSum } from './row-checksum.ts';
import type { Snapshot } from './snapshot.ts';

const FORMAT_VERSION = 1;
const CHUNK_BYTES = 1 << 18;

const headerSchema = z.object({
  format: z.literal('parley-backup'),
  format_version: z.number().int(),
  parley_version: z.string(),
  created_at: z.string(),
  migrations: z.array(z.string()),
  /** What is encrypted in the database cannot be read without them; null where they are settings of the operator's. */
  secrets: z.object({ jwtSecret: z.string(), encryptionKey: z.string() }).nullable(),
});

/** The lines between which the rows stand. */
const lineSchema = z.union([
  z.object({ table: z.string(), columns: z.array(z.string()) }),
  z.object({ bytes: z.number().int().positive() }),
  z.object({ end_of: z.string(), rows: z.number().int(), checksum: z.string() }),
  z.object({ end: z.literal(true) }),
]);

export type BackupHeader = z.infer<typeof headerSchema>;

export interface WrittenTable extends TableSum {
  name: string;
}

/**
 * Writes a snapshot into one compressed file that only its owner may read. The file appears under its name when it is
 * whole.
 */
export async function writeBackup(
  file: string,
  snapshot: Snapshot,
  header: Pick<BackupHeader, 'parley_version' | 'created_at' | 'secrets'>,
): Promise<WrittenTable[]> {
  const tables: WrittenTable[] = [];
  const unfinished = `${file}.unfinished`;
  try {
    await pipeline(
      Readable.from(withDigest(toLines(snapshot, header, tables))),
      createGzip(),
      createWriteStream(unfinished, { mode: 0o600, flush: true }),
    );
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  return tables;
}

async function* toLines(
  snapshot: Snapshot,
  header: Pick<BackupHeader, 'parley_version' | 'created_at' | 'secrets'>,
  tables: WrittenTable[],
): AsyncGenerator<Buffer> {
  const { migrations } = snapshot;
  yield toLine({ format: 'parley-backup', format_version: FORMAT_VERSION, ...header, migrations });
  for await (const { name, columns, rows } of snapshot.tables()) {
    yield toLine({ table: name, columns });
    const sum = createRowChecksum();
    for await (const chunk of rows) {
      sum.add(chunk);
      yield toLine({ bytes: chunk.length });
      yield chunk;
    }
    tables.push({ name, ...sum.result() });
    yield toLine({ end_of: name, ...sum.result() });
  }
  yield toLine({ end: true });
}

function toLine(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}

/** Ends with a line that sums up every byte before it. */
async function* withDigest(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  yield toLine({ sha256: hash.digest('hex') });
}

/**
 * Reads a backup through to its end and compares all sums, before anybody relies on it.
 * @throws AppError `invalid_request` in words when it is none, or not as it was written
 */
export async function openBackup(file: string): Promise<{ header: BackupHeader; snapshot: Snapshot }> {
  const header = await inWords(file, () => verify(file));
  return {
    header,
    snapshot: {
      migrations: header.migrations,
      tables: () => readTables(file),
    },
  };
}

async function verify(file: string): Promise<BackupHeader> {
  const reader = open(file);
  const header = parseHeader(await reader.line());
  for await (const { name, rows, expected } of readParts(reader)) {
    const sum = createRowChecksum();
    for await (const chunk of rows) sum.add(chunk);
    const { rows: count, checksum } = sum.result();
    if (count !== expected().rows || checksum !== expected().checksum) throw damaged(file, `the table ${name} differs`);
  }
  const digest = reader.digest();
  const last = JSON.parse(await reader.line()) as { sha256?: string };
  if (last.sha256 !== digest || !(await reader.isAtEnd())) throw damaged(file, 'its checksum differs');
  return header;
}

async function* readTables(file: string): ReturnType<Snapshot['tables']> {
  const reader = open(file);
  await reader.line();
  yield* readParts(reader);
}

async function* readParts(reader: ReturnType<typeof createByteReader>) {
  for (;;) {
    const line = lineSchema.parse(JSON.parse(await reader.line()));
    if ('end' in line) return;
    if (!('table' in line)) throw new SyntaxError('a table was to come');
    let expected: TableSum = { rows: 0, checksum: '' };
    const rows = (async function* () {
      for (;;) {
        const next = lineSchema.parse(JSON.parse(await reader.line()));
        if ('bytes' in next) yield await reader.bytes(next.bytes);
        else if ('end_of' in next) {
          expected = next;
          return;
        } else throw new SyntaxError('rows were to come');
      }
    })();
    yield { name: line.table, columns: line.columns, rows, expected: () => expected };
  }
}

function open(file: string): ReturnType<typeof createByteReader> {
  const plain = createGunzip({ chunkSize: CHUNK_BYTES });
  const source = createReadStream(file);
  source.once('error', (error) => plain.destroy(error));
  return createByteReader(source.pipe(plain));
}

function parseHeader(line: string): BackupHeader {
  const header = headerSchema.parse(JSON.parse(line));
  if (header.format_version <= FORMAT_VERSION) return header;
  throw new AppError(
    'invalid_request',
    `This backup is from a newer version of Parley (${header.parley_version}). Upgrade Parley first; nothing was changed.`,
  );
}

async function inWords<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT') throw new AppError('invalid_request', `There is no file ${file}.`, { cause: error });
    if (code === 'EACCES') throw new AppError('invalid_request', `The file ${file} may not be read.`, { cause: error });
    if (code === 'EISDIR')
      throw new AppError('invalid_request', `${file} is a folder, not a backup.`, { cause: error });
    throw damaged(file, 'it was not written by parley backup, or not to its end', error);
  }
}

function damaged(file: string, why: string, cause?: unknown): AppError {
  return new AppError('invalid_request', `${file} cannot be restored: ${why}. Nothing was changed.`, { cause });
}
