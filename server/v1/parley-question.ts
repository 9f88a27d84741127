import { AppError } from '../../core/errors.ts';
import type { GivenMessage } from '../../core/turns/incoming-message.ts';
import type { StatelessQuestion } from '../../core/turns/stateless-questions.ts';
import type { ChatMessage, ChatRequest } from './chat-request.ts';

const LONGEST_TEXT = 200_000;
const MOST_IMAGES = 10;
const LONGEST_IMAGE_URL = 3_000_000;
const IMAGE_URL = /^(?:https?:\/\/|data:image\/(?:png|jpeg|gif|webp);base64,)/i;

/** What would change the answer and is not the assistant's to do; the rest, such as `temperature`, does no harm. */
const NOT_WITH_PARLEY: Record<string, (value: unknown) => boolean> = {
  tools: (value) => Array.isArray(value) && value.length > 0,
  functions: (value) => Array.isArray(value) && value.length > 0,
  n: (value) => value !== 1,
  stop: (value) => value !== '' && !(Array.isArray(value) && value.length === 0),
  response_format: (value) => (value as { type?: unknown }).type !== 'text',
  logprobs: (value) => value !== false,
  audio: () => true,
};

type Question = Pick<StatelessQuestion, 'text' | 'imageUrls' | 'history' | 'instructions' | 'maxOutputTokens'>;

/**
 * Reads a conversation as a question to the assistant: the last message is what is asked, those before it are what was
 * said, and system messages add to how the assistant is to behave.
 * @throws AppError `invalid_request` that names what the assistant cannot do
 */
export function toParleyQuestion(request: ChatRequest): Question {
  for (const [field, isWanted] of Object.entries(NOT_WITH_PARLEY)) {
    const value = request[field];
    if (value === undefined || value === null || !isWanted(value)) continue;
    throw invalid(
      `${field} cannot be used with the model parley. Choose another model of GET /v1/models for it`,
      field,
    );
  }
  const last = request.messages.at(-1);
  if (last?.role !== 'user') throw invalid('messages must end with a message of the user', 'messages');
  const text = textOf(last);
  if (text.trim() === '') throw invalid('The last message must have some text', 'messages');
  const before = request.messages.slice(0, -1);
  const instructions = before.filter(isInstruction).map(textOf).join('\n\n');
  const history = before.filter((message) => !isInstruction(message)).map(toGivenMessage);
  assertStorable([text, instructions, ...history.map(({ content }) => content)]);
  return {
    text,
    imageUrls: imagesOf(last),
    history,
    instructions: instructions || undefined,
    maxOutputTokens: request.max_completion_tokens ?? request.max_tokens ?? undefined,
  };
}

function isInstruction({ role }: ChatMessage): boolean {
  return role === 'system' || role === 'developer';
}

function toGivenMessage(message: ChatMessage): GivenMessage {
  const { role } = message;
  if (role === 'user' || role === 'assistant') return { role, content: textOf(message) };
  throw invalid(`messages of the role ${role} cannot be used with the model parley`, 'messages');
}

function textOf({ content }: ChatMessage): string {
  if (typeof content === 'string') return content;
  return (content ?? [])
    .map((part) => (part.type === 'text' && typeof part.text === 'string' ? part.text : ''))
    .join('');
}

function imagesOf({ content }: ChatMessage): string[] {
  if (typeof content === 'string') return [];
  const urls = (content ?? []).flatMap((part) => {
    if (part.type === 'text') return [];
    const { image_url: image } = part as { image_url?: { url?: string } };
    if (part.type !== 'image_url' || typeof image?.url !== 'string') {
      throw invalid(`parts of the type ${part.type} cannot be used with the model parley`, 'messages');
    }
    return [image.url];
  });
  if (urls.length > MOST_IMAGES) throw invalid(`A message may have at most ${MOST_IMAGES} images`, 'messages');
  if (!urls.every((url) => url.length <= LONGEST_IMAGE_URL && IMAGE_URL.test(url) && isStorable(url))) {
    throw invalid(
      'Images must be addresses (https://…) or PNG, JPEG, GIF or WebP as data: URLs of at most 3 MB',
      'messages',
    );
  }
  return urls;
}

/** The database would refuse or change the rest. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function assertStorable(texts: string[]): void {
  if (!texts.every(isStorable)) throw invalid('messages must be valid text without NUL characters', 'messages');
  if (texts.reduce((sum, text) => sum + text.length, 0) > LONGEST_TEXT) {
    throw new AppError(
      'model_context_overflow',
      `The messages are too long together: at most ${LONGEST_TEXT} characters.`,
      {
        field: 'messages',
      },
    );
  }
}

function invalid(problem: string, field: string): AppError {
  return new AppError('invalid_request', `${problem}.`, { field });
}
