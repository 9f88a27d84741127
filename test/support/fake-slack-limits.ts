/** What one message's Markdown may take, and one call's for a stream. */
export const MARKDOWN_LIMIT = 12_000;
/** Of the `text` of a message, by the call that brings it. */
const TEXT_LIMITS: Record<string, number> = { 'chat.update': 4000 };
const TEXT_LIMIT = 40_000;
/** Of all blocks of a message together, as people have measured it. */
const BLOCKS_LIMIT = 13_100;

/** Of the plain texts of a block's element, by what they are. */
const PLAIN_LIMITS: Record<string, number> = { header: 150, button: 75, label: 2000, hint: 2000, placeholder: 150 };

interface AnyObject {
  [key: string]: unknown;
}

/** As Slack counts: bytes of the text with `&`, `<` and `>` escaped. */
export function slackSize(text: string): number {
  return Buffer.byteLength(text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'));
}

/** Slack's word for content that is more than this call may carry; null when it takes it. */
export function findRefusal(method: string, args: AnyObject): string | null {
  if (method.startsWith('views.')) return findViewRefusal(args.view as AnyObject);
  const { text, markdown_text } = args;
  if (typeof text === 'string' && slackSize(text) > (TEXT_LIMITS[method] ?? TEXT_LIMIT)) return 'msg_too_long';
  if (typeof markdown_text === 'string' && slackSize(markdown_text) > MARKDOWN_LIMIT) return 'msg_too_long';
  const blocks = (args.blocks ?? []) as AnyObject[];
  if (blocks.length > 50 || blocks.some((block) => !isBlockTaken(block))) return 'invalid_blocks';
  const markdown = blocks.filter(({ type }) => type === 'markdown').map((block) => String(block.text));
  if (slackSize(markdown.join('')) > MARKDOWN_LIMIT) return 'invalid_blocks';
  if (textsIn(blocks).reduce((sum, one) => sum + slackSize(one), 0) > BLOCKS_LIMIT) return 'msg_blocks_too_long';
  return null;
}

function findViewRefusal(view: AnyObject): string | null {
  const blocks = (view.blocks ?? []) as AnyObject[];
  const title = (view.title as AnyObject | undefined)?.text;
  const isTaken =
    blocks.length <= 100 &&
    blocks.every((block) => block.type !== 'markdown' && isBlockTaken(block)) &&
    String(view.private_metadata ?? '').length <= 3000 &&
    String(title ?? '').length <= 24 &&
    JSON.stringify(view).length <= 250_000;
  return isTaken ? null : 'invalid_arguments';
}

function isBlockTaken(block: AnyObject): boolean {
  if (block.type === 'markdown') return String(block.text) !== '';
  if (block.type === 'context' && ((block.elements ?? []) as unknown[]).length > 10) return false;
  if (block.type === 'actions' && ((block.elements ?? []) as unknown[]).length > 25) return false;
  return isObjectTaken(block, String(block.type));
}

/** Looks at every text and value inside. */
function isObjectTaken(value: unknown, kind: string): boolean {
  if (Array.isArray(value)) return value.every((one) => isObjectTaken(one, kind));
  if (typeof value !== 'object' || value === null) return true;
  const { type, text, value: payload } = value as AnyObject;
  if (type === 'mrkdwn' && !fits(text, 3000)) return false;
  if (type === 'plain_text' && !fits(text, PLAIN_LIMITS[kind] ?? 3000)) return false;
  if (type === 'button' && String(payload ?? '').length > 2000) return false;
  return Object.entries(value).every(([key, inner]) =>
    isObjectTaken(inner, key === 'text' ? String(type ?? kind) : key),
  );
}

function fits(text: unknown, limit: number): boolean {
  return typeof text === 'string' && text.length > 0 && text.length <= limit;
}

function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'text' && typeof inner === 'string' ? [inner] : textsIn(inner),
  );
}
