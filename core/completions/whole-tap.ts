import { AppError } from '../errors.ts';
import { toTokenUsage, type WireUsage } from '../models/wire-usage.ts';
import type { TokenUsage } from '../ports/chat-model.ts';
import type { Tap } from './stream-tap.ts';

const LARGEST_ANSWER = 64_000_000;

/** An answer in one piece: nothing goes on before it is complete, so what is cut off was never delivered. */
export function createWholeTap(): Tap {
  const parts: Buffer[] = [];
  let size = 0;
  let usage: TokenUsage | null = null;
  return {
    push(bytes) {
      size += bytes.length;
      if (size > LARGEST_ANSWER) throw new AppError('model_unavailable', 'The language model answered without end.');
      parts.push(bytes);
      return Buffer.alloc(0);
    },
    end() {
      const whole = Buffer.concat(parts);
      usage = usageOf(whole);
      return whole;
    },
    usage: () => usage,
    countDelivered: () => 0,
  };
}

function usageOf(whole: Buffer): TokenUsage | null {
  try {
    const { usage } = JSON.parse(whole.toString('utf8')) as { usage?: WireUsage | null };
    return usage ? toTokenUsage(usage) : null;
  } catch (cause) {
    throw new AppError('model_unavailable', 'The language model answered with something that is no answer.', { cause });
  }
}
