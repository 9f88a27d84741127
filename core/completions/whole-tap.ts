import { AppError } from '../errors.ts';
import { countTokens } from '../models/count-tokens.ts';
import { toTokenUsage, type WireUsage } from '../models/wire-usage.ts';
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
  return {
    push(bytes) {
      size += bytes.length;
      if (size > LARGEST_ANSWER) throw new AppError('model_unavailable', 'The language model answered without end.');
      parts.push(bytes);
      return Buffer.alloc(0);
    },
    end() {
      const whole = Buffer.concat(parts);
      answer = parseAnswer(whole);
      return whole;
    },
    usage: () => (answer.usage ? toTokenUsage(answer.usage) : null),
    countDelivered: () => countTokens(writtenText(answer.choices)),
  };
}

/** Some gateways report what went wrong with status 200, where clients look for an answer. */
function parseAnswer(whole: Buffer): WireAnswer {
  try {
    const { choices, usage } = JSON.parse(whole.toString('utf8')) as WireAnswer;
    if (!Array.isArray(choices)) throw new Error('there are no choices');
    return { choices, usage };
  } catch (cause) {
    throw new AppError('model_unavailable', 'The language model answered with something that is no answer.', { cause });
  }
}
