import { plainFetch } from '../../core/net/plain-fetch.ts';

const TIMEOUT_MS = 5000;
/** A little more than is read of text attachments in all: whoever asks decides, but nothing endless is loaded. */
const MOST_BYTES = 120_000;

/** The text of a file that Discord keeps. */
export async function fetchAttachment(url: string): Promise<string> {
  const response = await plainFetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' });
  if (!response.ok || !response.body) throw new Error(`an attachment was answered with status ${response.status}`);
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) throw new Error('an attachment is larger than Discord said');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
