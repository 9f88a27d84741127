import { plainFetch } from '../../core/net/plain-fetch.ts';
import { type MessageContent, sendContent } from './post-message.ts';
import { SlackCallError } from './slack-api.ts';

const TIMEOUT_MS = 10_000;

/**
 * Sends a message to a response_url; only the asker sees it unless `response_type` says otherwise.
 * @throws SlackCallError
 */
export async function respond(responseUrl: string, message: Record<string, unknown>): Promise<void> {
  const response = await plainFetch(responseUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ response_type: 'ephemeral', unfurl_links: false, unfurl_media: false, ...message }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause) => {
    throw new SlackCallError('response_url', 'reply_failed', { cause });
  });
  const answer = await response.text().catch(() => '');
  const reason = reasonIn(answer);
  if (!response.ok || reason !== null) throw new SlackCallError('response_url', reason ?? `status_${response.status}`);
}

/** The same for a message's content: as text alone where its blocks are refused. */
export function respondWith(responseUrl: string, content: MessageContent, isReplacing: boolean): Promise<void> {
  return sendContent(content, (body) => respond(responseUrl, { ...body, replace_original: isReplacing }));
}

/** Slack's word for a refusal, which comes as JSON or as it is; null when it took the message. */
function reasonIn(answer: string): string | null {
  const word = /"error"\s*:\s*"(\w+)"/.exec(answer)?.[1];
  if (word) return word;
  return /^[a-z]+(_[a-z]+)+$/.test(answer.trim()) ? answer.trim() : null;
}
