import { Writable } from 'node:stream';
import xterm from '@xterm/headless';

/** A terminal without a window: what is written to its stream, and what somebody in front of it would see. */
export function createTerminalScreen(columns = 60) {
  const terminal = new xterm.Terminal({ cols: columns, rows: 12, allowProposedApi: true });
  let written = '';
  const seen: string[] = [];
  const screenText = () =>
    Array.from({ length: terminal.rows }, (_, n) => terminal.buffer.active.getLine(n)?.translateToString(true) ?? '')
      .join('\n')
      .trimEnd();
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      written += chunk;
      terminal.write(chunk, () => {
        seen.push(screenText());
        done();
      });
    },
  });
  return {
    stream: Object.assign(stream, { isTTY: true, columns }) as unknown as NodeJS.WriteStream,
    /** Everything that was written, control sequences included. */
    written: () => written,
    /** What the screen showed after each piece. */
    seen: () => seen,
    /** Ends the stream; gives what is left on the screen. */
    async close(): Promise<string> {
      await new Promise<void>((resolve) => stream.end(resolve));
      return screenText();
    },
  };
}
