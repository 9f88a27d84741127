/** A sentence with the space after it, or what has no end mark. */
const SENTENCE = /[^.!?。！？\n]+[.!?。！？]*\s*|[.!?。！？\n]+\s*/g;

/** Cuts a text into pieces of about `size` characters at the ends of sentences; a longer sentence is cut hard. */
export function splitIntoWindows(text: string, size: number): string[] {
  const windows: string[] = [];
  let current = '';
  for (const [sentence] of text.matchAll(SENTENCE)) {
    for (let at = 0; at < sentence.length; at += size) {
      const piece = sentence.slice(at, at + size);
      if (current && current.length + piece.length > size) {
        windows.push(current);
        current = '';
      }
      current += piece;
    }
  }
  windows.push(current);
  return windows.map((window) => window.trim()).filter(Boolean);
}
