import { randomUUID } from 'node:crypto';
import { isCut, type Message } from '../../core/messages/message.ts';
import type { TurnEvent } from '../../core/turns/turn-event.ts';
import type { StreamFormat } from '../answer-stream.ts';
import { toSourceShape } from '../shapes/message.ts';
import { SSE_PING } from '../sse.ts';
import type { OpenAiErrorBody } from './openai-error.ts';

type Done = Extract<TurnEvent, { type: 'done' }>;

interface CompletionOptions {
  model: string;
  now: Date;
  /** Whether the caller asked for the usage in a stream. */
  includesUsage?: boolean;
}

/** An answer of the assistant as OpenAI's clients expect it; its sources beside what they know, and as annotations. */
export function toParleyCompletion({ answer }: Done, options: CompletionOptions) {
  return {
    ...headOf(options, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: answer.content, refusal: null, annotations: toAnnotations(answer) },
        logprobs: null,
        finish_reason: toFinishReason(answer),
      },
    ],
    usage: toUsage(answer),
    sources: answer.sources.map(toSourceShape),
  };
}

/** The same as it is written. */
export function createParleyStreamFormat(options: CompletionOptions): StreamFormat<OpenAiErrorBody> {
  const head = headOf(options, 'chat.completion.chunk');
  const usageField = options.includesUsage ? { usage: null } : {};
  const toFrame = (fields: object) => `data: ${JSON.stringify({ ...head, ...fields })}\n\n`;
  const toChoice = (delta: object, finishReason: string | null = null) => ({
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    ...usageField,
  });
  let hasBegun = false;
  const begin = () => {
    if (hasBegun) return '';
    hasBegun = true;
    return toFrame(toChoice({ role: 'assistant', content: '' }));
  };
  const end = ({ answer }: Done) => {
    const annotations = toAnnotations(answer);
    const choice = toChoice(annotations.length > 0 ? { annotations } : {}, toFinishReason(answer));
    // In place of those found at the beginning: what it does not cite is none of its sources.
    const last = toFrame({ ...choice, sources: answer.sources.map(toSourceShape) });
    const usage = options.includesUsage ? toFrame({ choices: [], usage: toUsage(answer) }) : '';
    return `${last}${usage}data: [DONE]\n\n`;
  };

  return {
    contentType: 'text/event-stream; charset=utf-8',
    toChunk(event) {
      if (event.type === 'done') return begin() + end(event);
      if (event.type === 'delta') return begin() + toFrame(toChoice({ content: event.text }));
      if (event.type === 'restart') return '';
      return begin() + toFrame({ ...toChoice({}), sources: event.sources.map(toSourceShape) });
    },
    toErrorChunk: (body) => `data: ${JSON.stringify(body)}\n\n`,
    ping: SSE_PING,
  };
}

function headOf({ model, now }: CompletionOptions, object: string) {
  return { id: `chatcmpl-${randomUUID()}`, object, created: Math.floor(now.getTime() / 1000), model };
}

function toUsage({ usage }: Message) {
  const { inputTokens, outputTokens } = usage ?? { inputTokens: 0, outputTokens: 0 };
  return { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens };
}

function toFinishReason(answer: Message): 'stop' | 'length' {
  return isCut(answer) ? 'length' : 'stop';
}

/** Where the answer cites a source that has an address, as OpenAI marks pages of the web. */
function toAnnotations({ content, sources }: Message) {
  const byNumber = new Map(sources.map((source) => [source.n, source]));
  return [...content.matchAll(/\[(\d+)\]/g)].flatMap((match) => {
    const source = byNumber.get(Number(match[1]));
    if (!source?.url) return [];
    const { url, title } = source;
    const place = { start_index: match.index, end_index: match.index + match[0].length };
    return [{ type: 'url_citation', url_citation: { ...place, url, title } }];
  });
}
