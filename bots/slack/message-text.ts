import { type Block, blocksText, quoted } from './block-text.ts';
import { escapeMrkdwn, toMrkdwnLink } from './mrkdwn.ts';
import type { SlackFile } from './slack-file.ts';

/** A message as Slack tells of it, wherever it does: in events, shortcuts and threads. */
export interface SlackMessage {
  text?: string;
  blocks?: unknown;
  attachments?: unknown;
  files?: RawFile[];
}

export interface RawFile {
  name?: string;
  title?: string;
  mimetype?: string;
  filetype?: string;
  size?: number;
  url_private?: string;
  mode?: string;
  /** The beginning of a snippet. */
  preview?: string;
  plain_text?: string;
  transcription?: { preview?: { content?: string } };
}

interface Attachment extends Block {
  message_blocks?: { message?: { blocks?: unknown } }[];
  files?: RawFile[];
}

/** What Slack writes where a client cannot show what an app has sent. */
const NO_TEXT =
  /^(this content can't be displayed\.?|this message contains interactive elements\.?|\[no preview available\])$/i;
const LONGEST_ATTACHED = 12_000;
const MOST_ATTACHED = 20;
const LONGEST_PREVIEW = 4000;

/**
 * All that people read in a message but its files, in Slack's own notation: its text or blocks, what is forwarded in
 * it, what apps attached, previews of links. See `toPlainText` for that without ids and entities.
 */
export function readableText(message: SlackMessage): string {
  const attached = attachmentsOf(message).slice(0, MOST_ATTACHED).map(attachmentText);
  return [ownText(message), ...attached].filter((part) => part.trim() !== '').join('\n\n');
}

/** Whether there is more in a message than text that its writer typed. */
export function hasMoreThanText({ blocks, attachments, files }: SlackMessage): boolean {
  const isOther = ({ type }: Block) => type !== 'rich_text';
  return [attachments, files].some(isFilled) || (Array.isArray(blocks) && blocks.some(isOther));
}

/** The files of a message and of what is forwarded in it. */
export function filesOf(message: SlackMessage): SlackFile[] {
  const attached = attachmentsOf(message).flatMap(({ files }) => files ?? []);
  return [...(message.files ?? []), ...attached].flatMap(toFile);
}

/** People's own text is there twice, once with its form; of apps, the text is often another one than the blocks. */
function ownText({ text = '', blocks }: SlackMessage): string {
  const inBlocks = blocksText(blocks);
  if (inBlocks === '') return NO_TEXT.test(text.trim()) ? '' : text;
  const isTyped = Array.isArray(blocks) && blocks.every((block: Block) => block.type === 'rich_text');
  const isTold = isTyped || NO_TEXT.test(text.trim()) || lettersOf(inBlocks).includes(lettersOf(text));
  return isTold ? inBlocks : `${text}\n\n${inBlocks}`;
}

function lettersOf(text: string): string {
  return text
    .replace(/<[^<>]*>|:[\w+-]+:/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, '')
    .toLowerCase();
}

function attachmentText(attachment: Attachment): string {
  const { message_blocks = [], blocks, text, title, title_link, pretext, fallback } = attachment;
  const inBlocks = [...message_blocks.map(({ message }) => message?.blocks), blocks].map((one) => blocksText(one));
  const link = typeof title_link === 'string' ? title_link : null;
  const parts = [
    asText(pretext),
    link && title ? toMrkdwnLink(link, asText(title)) : asText(title),
    inBlocks.filter(Boolean).join('\n') || asText(text),
    ...fieldsOf(attachment),
    typeof attachment.image_url === 'string' && !text
      ? `[image: ${asText(title) || asText(fallback) || 'no description'}]`
      : '',
  ].filter((part) => part.trim() !== '');
  const told = parts.join('\n') || (NO_TEXT.test(asText(fallback).trim()) ? '' : asText(fallback));
  if (told === '') return '';
  const shortened = told.length > LONGEST_ATTACHED ? `${told.slice(0, LONGEST_ATTACHED).toWellFormed()} …` : told;
  const heading = headingOf(attachment);
  return heading === '' ? shortened : `${heading}\n${quoted(shortened)}`;
}

/** Whose words they are, where they are not the writer's own. */
function headingOf({
  is_msg_unfurl,
  is_share,
  author_name,
  author_id,
  channel_name,
  channel_id,
  from_url,
}: Attachment) {
  if (is_msg_unfurl || is_share) {
    const author = author_id ? `<@${author_id}|${asText(author_name)}>` : asText(author_name);
    const place = channel_id ? `<#${channel_id}|${asText(channel_name)}>` : asText(channel_name);
    return `Shared message${author && ` from ${author}`}${place && ` in ${place}`}:`;
  }
  if (typeof from_url === 'string') return `Preview of <${escapeMrkdwn(from_url).replaceAll('|', '%7C')}>:`;
  return author_name ? `${asText(author_name)}:` : '';
}

function fieldsOf({ fields }: Attachment): string[] {
  if (!Array.isArray(fields)) return [];
  return fields.map((field: Block) => [asText(field.title), asText(field.value)].filter(Boolean).join(': '));
}

function attachmentsOf({ attachments }: SlackMessage): Attachment[] {
  return Array.isArray(attachments) ? attachments.filter((one) => typeof one === 'object' && one !== null) : [];
}

function toFile(file: RawFile): SlackFile[] {
  if (file.mode === 'tombstone') return [];
  const text = file.transcription?.preview?.content ?? file.plain_text ?? file.preview;
  return [
    {
      name: file.name ?? file.title ?? 'file',
      contentType:
        file.filetype === 'quip' ? 'application/vnd.slack-docs' : (file.mimetype ?? 'application/octet-stream'),
      size: file.size ?? 0,
      url: file.mode === 'external' ? '' : (file.url_private ?? ''),
      ...(text && { preview: text.slice(0, LONGEST_PREVIEW).toWellFormed() }),
    },
  ];
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}
