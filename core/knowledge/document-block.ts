/**
 * What every format is read into: headings and the pieces of text between them, in order. One chunker serves all
 * formats, because it sees only these.
 */
export type DocumentBlock =
  | {
      type: 'heading';
      /** 1 to 6. */
      level: number;
      text: string;
      /** The fragment that leads a reader here (`install`, `page=3`); null when there is none. */
      anchor: string | null;
    }
  /** Prose: cut between sentences when it is too long. */
  | { type: 'prose'; text: string }
  /** A list item; stays on the line below the item before it, and whole unless it is too long for any chunk. */
  | { type: 'item'; text: string }
  /** A code fence or indented code: stays whole; when it is too long for any chunk, every part is fenced again. */
  | { type: 'code'; text: string }
  /** A table with its two header lines: stays whole; when it is too long, every part begins with them again. */
  | { type: 'table'; text: string };

/** A part of a document that could not be read, and why, in words for the operator. */
export interface Omission {
  /** `line 5`, `page 3`. */
  part: string;
  reason: string;
}

/** A document as a format reader returns it. */
export interface ParsedDocument {
  /** From the document itself; null when it names none. */
  title: string | null;
  /** Where it can be read, if the document itself says so. */
  url: string | null;
  blocks: DocumentBlock[];
  /** True where every heading's section answers one thing and must stay a chunk of its own. */
  keepSectionsApart?: boolean;
  /** What was left out; nothing when absent. */
  omissions?: Omission[];
}
