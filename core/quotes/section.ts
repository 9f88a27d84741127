/** The smallest thing that is looked at: a sentence, a list item, a row, a whole block of code. */
export interface Unit {
  /** Markdown, as it stands in the document. */
  text: string;
  /** What it says, without markup. */
  plain: string;
}

/** What belongs together on a page. */
export interface Block {
  kind: 'prose' | 'list' | 'steps' | 'table' | 'code';
  units: Unit[];
  /** Of a table: the names of its columns and the line below, as Markdown. */
  header?: string;
}

/** What stands under one heading of a passage. */
export interface Section {
  /** Headings within the passage above it, outermost first. */
  headings: string[];
  blocks: Block[];
}
