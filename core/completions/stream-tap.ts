import { countTokens } from '../models/count-tokens.ts';
import { toTokenUsage, type WireUsage } from '../models/wire-usage.ts';
import type { TokenUsage } from '../ports/chat-model.ts';
import { type WireChoice, writtenText } from './written-text.ts';

/** Watches the bytes of an answer on their way to the caller. */
export interface Tap {
  /** What of these bytes may go on now. */
  push(bytes: Buffer): Buffer;
  /** What was held back when the answer ended. */
  end(): Buffer;
  /** As the server reported it; null where it has not. */
  usage(): TokenUsage | null;
  /** Tokens that came so far, counted here: for answers that were cut off before the server could say. */
  countDelivered(): number;
}

interface WireChunk {
  choices?: WireChoice[];
  usage?: WireUsage | null;
}

const USAGE_OBJECT = /"usage"\s*:\s*\{/;
const NOTHING: Buffer = Buffer.alloc(0);
/** What came is kept, for counting, until it is so much. */
const MOST_KEPT_BYTES = 1_000_000;

/**
 * Lets a stream of chunks through as it is, and only looks into those that carry the usage: taking every chunk apart
 * would cost more than all the rest of an answer.
 * @param options.hidesUsage takes the chunk out that carries nothing but the usage, which the caller has not asked for
 */
export function createStreamTap({ hidesUsage }: { hidesUsage: boolean }): Tap {
  let usage: TokenUsage | null = null;
  /** The beginning of a frame whose end has not come. */
  let rest = NOTHING;
  let kept: Buffer[] = [];
  let keptBytes = 0;
  let counted = 0;

  function letThrough(frames: Buffer): Buffer {
    keep(frames);
    if (frames.indexOf('"usage"') < 0) return frames;
    const text = frames.toString('utf8');
    if (!USAGE_OBJECT.test(text)) return frames;
    const end = text.includes('\r\n\r\n') ? '\r\n\r\n' : '\n\n';
    const shown = text.split(end).filter((frame) => !isUsageOnly(frame));
    return Buffer.from(shown.join(end));
  }

  function isUsageOnly(frame: string): boolean {
    if (!USAGE_OBJECT.test(frame)) return false;
    const chunk = parseFrame(frame);
    if (!chunk?.usage) return false;
    usage = toTokenUsage(chunk.usage) ?? usage;
    return hidesUsage && (chunk.choices ?? []).length === 0;
  }

  function keep(frames: Buffer): void {
    kept.push(frames);
    keptBytes += frames.length;
    if (keptBytes > MOST_KEPT_BYTES) fold();
  }

  function fold(): void {
    counted += countTokens(textOf(Buffer.concat(kept).toString('utf8')));
    kept = [];
    keptBytes = 0;
  }

  return {
    push(bytes) {
      const all = rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes;
      const end = endOfLastFrame(all);
      rest = all.subarray(end);
      return end > 0 ? letThrough(all.subarray(0, end)) : NOTHING;
    },
    end() {
      const last = rest;
      rest = NOTHING;
      return last.length > 0 ? letThrough(last) : NOTHING;
    },
    usage: () => usage,
    countDelivered() {
      fold();
      return counted;
    },
  };
}

/** Frames end with an empty line, whichever way lines end. */
function endOfLastFrame(bytes: Buffer): number {
  const plain = bytes.lastIndexOf('\n\n');
  const withReturns = bytes.lastIndexOf('\n\r\n');
  return Math.max(plain < 0 ? 0 : plain + 2, withReturns < 0 ? 0 : withReturns + 3);
}

function parseFrame(frame: string): WireChunk | null {
  const [, data] = /^data: ?(.*)$/m.exec(frame) ?? [];
  if (!data?.startsWith('{')) return null;
  try {
    return JSON.parse(data) as WireChunk;
  } catch {
    return null;
  }
}

function textOf(frames: string): string {
  return writtenText(frames.split(/\r?\n\r?\n/).flatMap((frame) => parseFrame(frame)?.choices ?? []));
}
