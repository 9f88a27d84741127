import { countTokens } from '../models/count-tokens.ts';
import { toTokenUsage, type WireUsage } from '../models/wire-usage.ts';
import type { TokenUsage } from '../ports/chat-model.ts';
import { findReportedError } from './reported-error.ts';
import { type WireChoice, writtenText } from './written-text.ts';

/** Watches the bytes of an answer on their way to the caller. */
export interface Tap {
  /** What of these bytes may go on now. */
  push(bytes: Buffer): Buffer;
  /** What was held back when the answer ended. */
  end(): Buffer;
  /** What the server reported in place of a piece of its answer; nothing that came after it goes on. */
  trouble(): object | string | null;
  /** Whether the server has said that nothing more comes. */
  isDone(): boolean;
  /** Whether the answer has come to its end: with a reason, or with that. */
  isWhole(): boolean;
  /** As the server reported it; null where it has not. */
  usage(): TokenUsage | null;
  /** Tokens that came so far, counted here: for answers that were cut off before the server could say. */
  countDelivered(): number;
}

interface WireChunk {
  choices?: (WireChoice & { index?: number })[];
  usage?: WireUsage | null;
}

const USAGE_OBJECT = /"usage"\s*:\s*\{/;
/** A reason to finish that is one: some servers send an empty one until the end. */
const FINISH_REASON = /"finish_reason"\s*:\s*"(?!"|null"|none")/i;
const DONE_FRAME = /^data:[ \t]*\[DONE\][ \t]*$/m;
/** The usage, and what stands in frames that report trouble. */
const LOOK_FOR = ['"usage"', 'error'].map((mark) => Buffer.from(mark));
/** How the lines of chunks begin; so many bytes of a line show it. */
const ORDINARY_LINE = /^(?:data: ?\{|event:|id:|retry:|:|\r?$)/;
const LINE_BEGINNING = 7;
const NEWLINE = '\n'.charCodeAt(0);
const NOTHING: Buffer = Buffer.alloc(0);
/** What came is kept, for counting, until it is so much. */
const MOST_KEPT_BYTES = 1_000_000;

/**
 * Lets a stream of chunks through as it is, and only looks into those that carry the usage, the end or trouble: taking
 * every chunk apart would cost more than all the rest of an answer. Where the server leaves the reason to finish out,
 * it is put in before `[DONE]`: clients wait for it.
 * @param options.hidesUsage takes the chunk out that carries nothing but the usage, which the caller has not asked for
 */
export function createStreamTap({ hidesUsage }: { hidesUsage: boolean }): Tap {
  let usage: TokenUsage | null = null;
  /** The beginning of a frame whose end has not come. */
  let rest = NOTHING;
  let kept: Buffer[] = [];
  let keptBytes = 0;
  let counted = 0;
  let trouble: object | string | null = null;
  let isDone = false;
  let isFinished = false;
  /** The last chunk with a choice, which shows how this server writes them. */
  let lastChunk: WireChunk | null = null;

  function letThrough(frames: Buffer): Buffer {
    if (trouble !== null || isDone) return NOTHING;
    if (!needsALook(frames)) {
      keep(frames);
      return frames;
    }
    const text = frames.toString('utf8');
    const end = text.includes('\r\n\r\n') ? '\r\n\r\n' : '\n\n';
    const shown: string[] = [];
    for (const frame of text.split(end)) {
      if (DONE_FRAME.test(frame)) {
        const before = [...kept.map(String), ...shown];
        if (!hasFinished(before)) {
          lastChunk = findLastChunk(before) ?? lastChunk;
          if (lastChunk !== null) shown.push(finishFrame(lastChunk));
        }
        isDone = true;
        shown.push(frame, '');
        break;
      }
      trouble = findTrouble(frame);
      if (trouble !== null) {
        shown.push('');
        break;
      }
      if (!isUsageOnly(frame)) shown.push(frame);
    }
    const result = Buffer.from(shown.join(end));
    keep(result);
    return result;
  }

  function hasFinished(texts: string[]): boolean {
    return isFinished || texts.some((text) => FINISH_REASON.test(text));
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
    const texts = kept.map(String);
    lastChunk = findLastChunk(texts) ?? lastChunk;
    isFinished ||= texts.some((text) => FINISH_REASON.test(text));
    counted += countTokens(textOf(texts.join('')));
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
      const last = rest.toString('utf8').trimEnd();
      rest = NOTHING;
      // Some servers leave out the empty line after their last frame; the first half of a frame is of no use to anybody.
      return isWholeFrame(last) ? letThrough(Buffer.from(`${last}\n\n`)) : NOTHING;
    },
    trouble: () => trouble,
    isDone: () => isDone,
    isWhole() {
      const texts = kept.map(String);
      return isDone || hasFinished(texts) || texts.some((text) => DONE_FRAME.test(text));
    },
    usage: () => usage,
    countDelivered() {
      fold();
      return counted;
    },
  };
}

/** Searching bytes for a few words is almost free; where the reason to finish stands is asked at the end only. */
function needsALook(frames: Buffer): boolean {
  return LOOK_FOR.some((mark) => frames.includes(mark)) || hasOddLine(frames);
}

/** As `[DONE]` is, and whatever a gateway throws into a stream. */
function hasOddLine(frames: Buffer): boolean {
  for (let at = 0; at < frames.length; ) {
    const newline = frames.indexOf(NEWLINE, at);
    const end = newline < 0 ? frames.length : newline;
    if (!ORDINARY_LINE.test(frames.toString('latin1', at, Math.min(end, at + LINE_BEGINNING)))) return true;
    at = end + 1;
  }
  return false;
}

/** What a frame has in place of a chunk, reported as trouble or not; null where it is a chunk, or no message at all. */
function findTrouble(frame: string): object | string | null {
  return findReported(frame) ?? findNoChunk(frame);
}

function findReported(frame: string): object | string | null {
  const isNamedError = /^event:[ \t]*error[ \t]*$/m.test(frame);
  for (const [, field, data = ''] of frame.matchAll(/^(data|error):[ \t]*(.*)$/gm)) {
    const reported = readReported(data, { isNamedError: isNamedError || field === 'error' });
    if (reported !== null) return reported;
  }
  return null;
}

/** Words among the chunks are the server's, or those of a gateway before it, and for nobody else. */
function findNoChunk(frame: string): string | null {
  const [, stray] = /^(?!data:|event:|id:|retry:|:)(.*\S.*)$/m.exec(frame) ?? [];
  if (stray !== undefined) return stray;
  const lines = [...frame.matchAll(/^data:[ \t]*(.*)$/gm)].map(([, data = '']) => data.trim());
  const isReadable = lines.every((line) => line === '' || isJson(line)) || isJson(lines.join('\n'));
  return isReadable ? null : lines.join('\n');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function readReported(data: string, { isNamedError }: { isNamedError: boolean }): object | string | null {
  try {
    return findReportedError(JSON.parse(data), { isNamedError });
  } catch {
    return isNamedError ? data : null;
  }
}

function isWholeFrame(frame: string): boolean {
  return DONE_FRAME.test(frame) || parseFrame(frame) !== null || findReported(frame) !== null;
}

/** An end in the words of the chunks before it. */
function finishFrame({ choices = [], usage: _, ...head }: WireChunk): string {
  const ended = choices.map(({ index = 0 }) => ({ index, delta: {}, finish_reason: 'stop' }));
  return `data: ${JSON.stringify({ ...head, choices: ended })}`;
}

function findLastChunk(texts: string[]): WireChunk | null {
  const frames = texts.join('\n\n').split(/\r?\n\r?\n/);
  const last = frames.findLast((frame) => (parseFrame(frame)?.choices ?? []).length > 0);
  return last === undefined ? null : parseFrame(last);
}

/** Frames end with an empty line, whichever way lines end. */
function endOfLastFrame(bytes: Buffer): number {
  const plain = bytes.lastIndexOf('\n\n');
  const withReturns = bytes.lastIndexOf('\n\r\n');
  return Math.max(plain < 0 ? 0 : plain + 2, withReturns < 0 ? 0 : withReturns + 3);
}

function parseFrame(frame: string): WireChunk | null {
  const [, data] = /^data:[ \t]*(.*)$/m.exec(frame) ?? [];
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
