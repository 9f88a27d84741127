import { AppError } from '../errors.ts';
import { countTokens } from '../models/count-tokens.ts';
import { toTokenUsage, type WireUsage } from '../models/wire-usage.ts';
import { findReportedError } from './reported-error.ts';
import type { Tap } from './stream-tap.ts';
import { type WireChoice, writtenText } from './written-text.ts';

interface WireAnswer {
  choices: WireChoice[];
  usage?: WireUsage | null;
}

const LARGEST_ANSWER = 64_000_000;

/** An answer in one piece: nothing goes on before it is complete, so what is cut off was never delivered. */
export function createWholeTap(): Tap {
  const parts: Buffer[] = [];
  let size = 0;
  let answer: WireAnswer = { choices: [] };
  let trouble: object | string | null = null;
  let hasEnded = false;
  return {
    push(bytes) {
      size += bytes.length;
      if (size > LARGEST_ANSWER) throw new AppError('model_unavailable', 'The language model answered without end.');
      parts.push(bytes);
      return Buffer.alloc(0);
    },
    end() {
      const whole = Buffer.concat(parts);
      hasEnded = true;
      const sent = parseJson(whole);
      trouble = findReportedError(sent);
      if (trouble !== null) return Buffer.alloc(0);
      answer = toAnswer(sent);
      return whole;
    },
    trouble: () => trouble,
    isDone: () => hasEnded,
    isWhole: () => hasEnded,
    usage: () => (answer.usage ? toTokenUsage(answer.usage) : null),
    countDelivered: () => countTokens(writtenText(answer.choices)),
  };
}

function parseJson(whole: Buffer): unknown {
  try {
    return JSON.parse(whole.toString('utf8'));
  } catch (cause) {
    throw noAnswer(cause);
  }
}

function toAnswer(sent: unknown): WireAnswer {
  const { choices, usage } = (sent ?? {}) as WireAnswer;
  if (!Array.isArray(choices)) throw noAnswer(new Error('there are no choices'));
  return { choices, usage };
}

function noAnswer(cause: unknown): AppError {
  return new AppError('model_unavailable', 'The language model answered with something that is no answer.', { cause });
}
