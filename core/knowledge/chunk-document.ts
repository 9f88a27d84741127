import type { DocumentBlock } from './document-block.ts';
import { splitBlock } from './split-block.ts';
import { splitSentences } from './split-text.ts';

/** A piece of a document that can be found and cited on its own. */
export interface ChunkDraft {
  /** Headings above it, outermost first, without the document's own title. */
  headings: string[];
  /** Fragment of the nearest heading; null before the first one. */
  anchor: string | null;
  text: string;
}

export interface ChunkOptions {
  /** The document's title, which is not repeated among the headings. */
  title?: string;
  /** A chunk grows to about this many characters; 1,200 are about 280 tokens of English. */
  targetCharacters?: number;
  /** Code and list items are cut only above this. */
  maxCharacters?: number;
  /** A table is cut between rows above this: among too many rows, the words of one are lost. */
  maxTableCharacters?: number;
  /** A list is cut between items above this: steps are followed from the first to the last. */
  maxListCharacters?: number;
  /** Sections shorter than this are merged with their neighbours under the heading they share. */
  smallCharacters?: number;
  /** How much of the end of a cut section is repeated at the start of its next chunk. */
  overlapCharacters?: number;
  keepSectionsApart?: boolean;
}

const DEFAULTS = {
  targetCharacters: 1200,
  maxCharacters: 4800,
  maxTableCharacters: 1800,
  maxListCharacters: 2400,
  smallCharacters: 350,
  overlapCharacters: 160,
};

type Settings = Required<Omit<ChunkOptions, 'title'>>;
type TextBlock = Exclude<DocumentBlock, { type: 'heading' }>;

interface Section {
  heading: { level: number; text: string; anchor: string | null } | null;
  blocks: TextBlock[];
  children: Section[];
}

/** Chunks in the order of the document; they follow its sections, and no text is lost. */
export function chunkDocument(blocks: DocumentBlock[], options: ChunkOptions = {}): ChunkDraft[] {
  const settings: Settings = { ...DEFAULTS, keepSectionsApart: false, ...options };
  const path = { headings: [], anchor: null };
  const drafts = chunkSection(toSections(blocks), path, settings);
  return drafts.map((draft) =>
    draft.headings[0] === options.title ? { ...draft, headings: draft.headings.slice(1) } : draft,
  );
}

/** The sections as a tree below one nameless root. */
function toSections(blocks: DocumentBlock[]): Section {
  const root: Section = { heading: null, blocks: [], children: [] };
  const open = [root];
  for (const block of blocks) {
    if (block.type !== 'heading') {
      if (block.text.trim()) open.at(-1)?.blocks.push(block);
      continue;
    }
    while (open.length > 1 && (open.at(-1)?.heading?.level ?? 0) >= block.level) open.pop();
    const section: Section = { heading: block, blocks: [], children: [] };
    open.at(-1)?.children.push(section);
    open.push(section);
  }
  return root;
}

type Path = Pick<ChunkDraft, 'headings' | 'anchor'>;

function chunkSection(section: Section, above: Path, settings: Settings): ChunkDraft[] {
  const path = section.heading
    ? { headings: [...above.headings, section.heading.text], anchor: section.heading.anchor }
    : above;
  const [only] = section.children;
  // A title above everything is no reason to repeat it inside.
  if (section.blocks.length === 0 && section.children.length === 1 && only) return chunkSection(only, path, settings);
  const whole = joinBlocks(inline(section).slice(section.heading ? 1 : 0));
  if (whole === '') return section.heading ? [{ ...path, text: section.heading.text }] : [];
  if (isSmall(whole, settings)) return [{ ...path, text: whole }];

  const own = packBlocks(section.blocks, settings).map((text) => ({ ...path, text }));
  return [...own, ...chunkChildren(section.children, path, settings)];
}

/** Runs of small neighbours become one chunk under the heading they share, their own headings inside its text. */
function chunkChildren(children: Section[], path: Path, settings: Settings): ChunkDraft[] {
  const chunks: ChunkDraft[] = [];
  let run: Section[] = [];
  let runText = '';
  const endRun = () => {
    const [first] = run;
    if (run.length === 1 && first) chunks.push(...chunkSection(first, path, settings));
    else if (first)
      chunks.push({ headings: path.headings, anchor: first.heading?.anchor ?? path.anchor, text: runText });
    run = [];
    runText = '';
  };
  for (const child of children) {
    const text = joinBlocks(inline(child));
    if (!isSmall(text, settings)) {
      endRun();
      chunks.push(...chunkSection(child, path, settings));
      continue;
    }
    if (runText.length + text.length > settings.targetCharacters) endRun();
    run.push(child);
    runText = runText ? `${runText}\n\n${text}` : text;
  }
  endRun();
  return chunks;
}

function isSmall(text: string, settings: Settings): boolean {
  return !settings.keepSectionsApart && text.length < settings.smallCharacters;
}

/** A section with everything below it as one run of text; headings are written the Markdown way. */
function inline(section: Section): TextBlock[] {
  const heading: TextBlock[] = section.heading
    ? [{ type: 'prose', text: `${'#'.repeat(section.heading.level)} ${section.heading.text}` }]
    : [];
  return [...heading, ...section.blocks, ...section.children.flatMap(inline)];
}

function joinBlocks(blocks: TextBlock[]): string {
  const join = (text: string, block: TextBlock, n: number) => {
    const isNextItem = block.type === 'item' && blocks[n - 1]?.type === 'item';
    return text + (n === 0 ? '' : isNextItem ? '\n' : '\n\n') + block.text;
  };
  return blocks.reduce(join, '').trim();
}

/** Fills chunks up to the target; prose is cut to fit, whole blocks only when no chunk could hold them. */
function packBlocks(blocks: TextBlock[], settings: Settings): string[] {
  const pieces = blocks.flatMap((block) => splitBlock(block, mostCharacters(block, settings)));
  const chunks: TextBlock[][] = [];
  let size = 0;
  for (const group of groupItems(pieces, settings.maxListCharacters)) {
    const current = chunks.at(-1);
    const length = lengthOf(group);
    if (current && size + length <= settings.targetCharacters) {
      current.push(...group);
      size += length;
      continue;
    }
    const overlap = current ? endOf(current, settings.overlapCharacters) : [];
    chunks.push([...overlap, ...group]);
    size = length + lengthOf(overlap);
  }
  return chunks.map(joinBlocks).filter((text) => text !== '');
}

/** Items that follow one another stay together, as long as they fit. */
function groupItems(blocks: TextBlock[], limit: number): TextBlock[][] {
  const groups: TextBlock[][] = [];
  for (const block of blocks) {
    const last = groups.at(-1);
    if (block.type === 'item' && last?.[0]?.type === 'item') last.push(block);
    else groups.push([block]);
  }
  return groups.flatMap((group) => (lengthOf(group) <= limit ? [group] : group.map((block) => [block])));
}

function lengthOf(blocks: TextBlock[]): number {
  return blocks.reduce((sum, { text }) => sum + text.length, 0);
}

function mostCharacters({ type }: TextBlock, settings: Settings): number {
  if (type === 'prose') return settings.targetCharacters;
  return type === 'table' ? settings.maxTableCharacters : settings.maxCharacters;
}

/** The last sentences of a chunk that ends in prose, so that what follows the cut can be understood. */
function endOf(blocks: TextBlock[], limit: number): TextBlock[] {
  const last = blocks.at(-1);
  if (last?.type !== 'prose') return [];
  let text = '';
  for (const sentence of splitSentences(last.text).reverse()) {
    if (sentence.length + text.length > limit) break;
    text = sentence + text;
  }
  return text.trim() ? [{ type: 'prose', text: text.trim() }] : [];
}
