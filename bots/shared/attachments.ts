export interface Attachment {
  name: string;
  /** As the platform says, which may be nothing. */
  contentType: string | null;
  /** In bytes, as the platform says. */
  size: number;
  url: string;
}

export interface ReadAttachments {
  /** To be added to the question; empty when there is nothing to read. */
  text: string;
  imageUrls: string[];
  /** Names of files that are neither text nor images, or too large, or could not be fetched. */
  declined: string[];
}

const MOST_TEXT_BYTES = 100_000;
const MOST_IMAGE_BYTES = 20_000_000;
const MOST_IMAGES = 10;
/** What models that can see read. */
const IMAGES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
const TEXT_TYPES =
  /^(?:text\/|application\/(?:json|xml|yaml|x-yaml|toml|javascript|typescript|sql|x-sh|x-ndjson)$)|\+(?:json|xml)$/;
/** Files that platforms know no type of. */
const TEXT_NAMES =
  /(?:^|\.)(?:txt|md|markdown|rst|csv|tsv|log|json|jsonl|ya?ml|toml|ini|cfg|conf|env|xml|html?|css|svg|diff|patch|sql|sh|bash|ps1|bat|py|rb|js|mjs|cjs|jsx|ts|tsx|vue|svelte|go|rs|c|h|cc|cpp|hpp|cs|java|kt|swift|php|pl|lua|r|scala|ex|exs|hs|gd|glsl|hlsl|shader|dockerfile|makefile)$/i;

/**
 * Reads what was sent along with a question: text up to 100 kB in all is quoted, images are passed on, the rest is
 * declined.
 * @param fetchText gives the content of an attachment; whatever it throws declines that one
 */
export async function readAttachments(
  attachments: readonly Attachment[],
  fetchText: (url: string) => Promise<string>,
): Promise<ReadAttachments> {
  const texts: string[] = [];
  const imageUrls: string[] = [];
  const declined: string[] = [];
  let bytesLeft = MOST_TEXT_BYTES;

  for (const attachment of attachments) {
    const name = toPlainName(attachment.name);
    if (isImage(attachment) && imageUrls.length < MOST_IMAGES) {
      imageUrls.push(attachment.url);
      continue;
    }
    const content = isText(attachment) && attachment.size <= bytesLeft ? await tryFetch(attachment.url) : null;
    if (content === null || !isReadable(content, bytesLeft)) {
      declined.push(name);
      continue;
    }
    bytesLeft -= Buffer.byteLength(content);
    texts.push(quote(name, content));
  }
  return { text: texts.join('\n\n'), imageUrls, declined };

  async function tryFetch(url: string): Promise<string | null> {
    try {
      return await fetchText(url);
    } catch {
      return null;
    }
  }
}

/** One sentence about what was not read; empty when everything was. */
export function declinedSentence(declined: readonly string[]): string {
  if (declined.length === 0) return '';
  const names = new Intl.ListFormat('en', { type: 'conjunction' }).format(declined.slice(0, 5));
  const more = declined.length > 5 ? ` and ${declined.length - 5} more` : '';
  return `I could not read ${names}${more}: I read images and text files up to 100 kB.`;
}

function isImage({ contentType, size }: Attachment): boolean {
  return IMAGES.has(toMediaType(contentType)) && size <= MOST_IMAGE_BYTES;
}

function isText({ contentType, name }: Attachment): boolean {
  const type = toMediaType(contentType);
  const isKnown = type !== '' && type !== 'application/octet-stream';
  return TEXT_TYPES.test(type) || (TEXT_NAMES.test(name) && (!isKnown || !/^(?:image|audio|video)\//.test(type)));
}

function toMediaType(contentType: string | null): string {
  return (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** A size on a platform's word is checked again, and a picture named `.txt` is no text. */
function isReadable(content: string, bytesLeft: number): boolean {
  return Buffer.byteLength(content) <= bytesLeft && !content.includes('\0') && !content.includes('\uFFFD\uFFFD');
}

/** People choose these names: on one line, and without what marks code. */
function toPlainName(name: string): string {
  const plain = name
    .replace(/[\p{C}`"<>@]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.slice(0, 100).toWellFormed() || 'a file';
}

function quote(name: string, content: string): string {
  const marks = [...content.matchAll(/`{3,}/g)].map((match) => match[0].length);
  const fence = '`'.repeat(Math.max(2, ...marks) + 1);
  return `Attached file "${name}":\n${fence}\n${content.trimEnd()}\n${fence}`;
}
