import { createRequire } from 'node:module';
import { AppError } from '../errors.ts';

type Encoding = typeof import('gpt-tokenizer/encoding/cl100k_base');

const require = createRequire(import.meta.url);
let encoding: Encoding | undefined;

/**
 * The text of tokens. Some clients send text as tokens of OpenAI's embedding models; here it is read as text, which
 * every embedding model takes. The vocabulary is loaded by the first that does.
 * @throws AppError `invalid_request` for numbers that are no tokens
 */
export function tokensToText(tokens: number[]): string {
  encoding ??= require('gpt-tokenizer/encoding/cl100k_base') as Encoding;
  try {
    return encoding.decode(tokens);
  } catch (cause) {
    throw new AppError('invalid_request', 'input has numbers that are not tokens of cl100k_base.', {
      cause,
      field: 'input',
    });
  }
}
