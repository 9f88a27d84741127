import { createHash } from 'node:crypto';

const NEWLINE = 10;
/** No line that is written is near it: what has none for so long is another kind of file. */
const LONGEST_LINE = 1 << 20;

/** Reads lines and numbers of bytes off a stream in turn, and sums up what it has read. */
export function createByteReader(stream: AsyncIterable<Buffer>) {
  const chunks = stream[Symbol.asyncIterator]();
  const hash = createHash('sha256');
  let rest: Buffer = Buffer.alloc(0);

  async function more(): Promise<boolean> {
    const next = await chunks.next();
    if (next.done) return false;
    rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
    return true;
  }

  function take(length: number): Buffer {
    const taken = rest.subarray(0, length);
    rest = rest.subarray(length);
    hash.update(taken);
    return taken;
  }

  return {
    /** Without its end. */
    async line(): Promise<string> {
      for (;;) {
        const end = rest.indexOf(NEWLINE);
        if (end >= 0) return take(end + 1).toString('utf8', 0, end);
        if (rest.length > LONGEST_LINE || !(await more())) throw new SyntaxError('a line was to end');
      }
    },

    async bytes(length: number): Promise<Buffer> {
      while (rest.length < length) if (!(await more())) throw new SyntaxError('the stream has ended too early');
      return take(length);
    },

    /** Of everything read so far. */
    digest: () => hash.copy().digest('hex'),

    async isAtEnd(): Promise<boolean> {
      return rest.length === 0 && !(await more());
    },
  };
}
