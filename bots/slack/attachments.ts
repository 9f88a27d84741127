import { plainFetch } from '../../core/net/plain-fetch.ts';
import type { SlackFile } from './slack-file.ts';
import type { SlackQuestion } from './slack-question.ts';
import type { Workspace } from './workspaces.ts';

const MOST_TEXT_BYTES = 100_000;
const MOST_IMAGE_BYTES = 5_000_000;
const MOST_IMAGES = 4;
const TIMEOUT_MS = 10_000;
const IMAGE_TYPES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
const CANVAS_TYPE = 'application/vnd.slack-docs';
const TEXT_TYPE = /^(text\/|application\/(json|xml|yaml|x-yaml|toml|javascript|sql|x-sh))/;
const TEXT_NAME =
  /\.(md|markdown|txt|csv|tsv|json|ya?ml|toml|xml|html?|css|[cm]?[jt]sx?|py|rb|go|rs|java|kt|c|h|cpp|hpp|cs|php|sh|sql|log|ini|conf|diff|patch)$/i;

export interface ReadAttachments {
  /** Added to the question. */
  text: string;
  /** As data: Slack's own addresses need our token, which no model has. */
  imageUrls: string[];
  /** A sentence for each that was not read. */
  declined: string[];
}

/** Reads what was sent along: texts into the question, images for a model that can see. */
export async function readSlackFiles(
  { files }: SlackQuestion,
  { token }: Workspace,
  { apiUrl }: { apiUrl: string },
): Promise<ReadAttachments> {
  const read: ReadAttachments = { text: '', imageUrls: [], declined: [] };
  for (const file of files) {
    const sentence = await readFile(file, read, { token, apiUrl }).catch(
      () => readPreview(file, read) ?? `I could not open “${file.name}”; please try again or paste its text.`,
    );
    if (sentence) read.declined.push(sentence);
  }
  return read;
}

async function readFile(
  file: SlackFile,
  read: ReadAttachments,
  access: { token: string; apiUrl: string },
): Promise<string | null> {
  if (IMAGE_TYPES.has(file.contentType) && file.url !== '') {
    if (read.imageUrls.length >= MOST_IMAGES)
      return `I look at ${MOST_IMAGES} images at most, so not at “${file.name}”.`;
    if (file.size > MOST_IMAGE_BYTES) return `“${file.name}” is too large for me; images may have 5 MB.`;
    const bytes = await download(file, MOST_IMAGE_BYTES, access);
    read.imageUrls.push(`data:${file.contentType};base64,${bytes.toString('base64')}`);
    return null;
  }
  const isText = TEXT_TYPE.test(file.contentType) || TEXT_NAME.test(file.name);
  if (!isText || file.url === '' || file.size > MOST_TEXT_BYTES)
    return readPreview(file, read) ?? declineFile(file, isText);
  const bytes = await download(file, MOST_TEXT_BYTES, access);
  read.text += `\n\nAttached file “${file.name}”:\n\n${bytes.toString('utf8')}`;
  return null;
}

/** Uses what Slack itself gave of a file's text; undefined when it gave none. */
function readPreview({ name, preview }: SlackFile, read: ReadAttachments): null | undefined {
  if (!preview?.trim()) return undefined;
  read.text += `\n\nAttached file “${name}”, as far as I can read it:\n\n${preview}`;
  return null;
}

function declineFile({ name, url, contentType }: SlackFile, isText: boolean): string {
  if (contentType === CANVAS_TYPE) return `I cannot open the canvas “${name}”; please paste what matters.`;
  if (!isText) return `I cannot read “${name}”; I read images and text files.`;
  if (url === '') return `I cannot open “${name}”, which is not kept in Slack; please paste its text.`;
  return `“${name}” is too long for me; text files may have 100 kB.`;
}

/** The token goes to Slack and to nobody else, whatever address an event names. */
async function download(
  file: SlackFile,
  mostBytes: number,
  { token, apiUrl }: { token: string; apiUrl: string },
): Promise<Buffer> {
  const url = new URL(file.url);
  const isSlack = url.protocol === 'https:' && (url.hostname === 'slack.com' || url.hostname.endsWith('.slack.com'));
  if (!isSlack && url.origin !== new URL(apiUrl).origin) throw new Error('not a file of Slack');
  const response = await plainFetch(url, {
    headers: { authorization: `Bearer ${token}` },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body) {
    size += piece.length;
    if (size > mostBytes) throw new Error('larger than it was said to be');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
