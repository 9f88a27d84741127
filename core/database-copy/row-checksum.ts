import { createHash } from 'node:crypto';

const NEWLINE = 10;
const MODULUS = 1n << 64n;

/** What a table holds, whatever the order its rows come in. */
export interface TableSum {
  rows: number;
  /** The sum of a hash of each row, in hexadecimal. */
  checksum: string;
}

/** Counts and sums rows in PostgreSQL's own text form, of which each ends with a line break and contains none. */
export function createRowChecksum() {
  let rows = 0;
  let sum = 0n;
  return {
    /** @param chunk whole rows */
    add(chunk: Buffer): void {
      for (let start = 0; start < chunk.length; ) {
        const end = chunk.indexOf(NEWLINE, start) + 1 || chunk.length;
        const digest = createHash('sha256').update(chunk.subarray(start, end)).digest();
        sum = (sum + digest.readBigUInt64BE()) % MODULUS;
        rows += 1;
        start = end;
      }
    },
    result: (): TableSum => ({ rows, checksum: sum.toString(16).padStart(16, '0') }),
  };
}

/** Cuts a stream anew, so that each chunk is whole rows. */
export async function* wholeRows(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      rest.push(chunk);
      continue;
    }
    yield Buffer.concat([...rest, chunk.subarray(0, end)]);
    rest = end < chunk.length ? [chunk.subarray(end)] : [];
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}
