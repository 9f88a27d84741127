import { AppError, type ErrorCode } from '../errors.ts';
import type { ChatModel } from '../ports/chat-model.ts';
import type { Clock } from '../ports/clock.ts';
import { toldToOperator } from './operators-fault.ts';

interface ModelHealthOptions {
  /** Whoever would answer a plain question now. @throws AppError where nobody would */
  choose(signal: AbortSignal): Promise<{ model: ChatModel; upstreamModel?: string; servedBy(): string }>;
  clock: Clock;
}

export type ModelHealth = ReturnType<typeof createModelHealth>;

const TRIAL_MS = 20_000;
/** A trial may be paid for, and probes come every few seconds. */
const TRIAL_BELIEVED_MS = 60_000;
/** It began to answer, or would have: what it was asked, and how little it might write, is not its fault. */
const ANSWERED: ReadonlySet<ErrorCode> = new Set(['model_interrupted']);

/**
 * Whether questions are answered, by what became of the last ones: a list of models can look well while every question
 * is refused. After a refusal that is, or may be, the operator's to mend, the model itself is asked.
 */
export function createModelHealth({ choose, clock }: ModelHealthOptions) {
  let isInDoubt = false;
  let last: { at: number; trial: Promise<string> } | null = null;

  /** @returns who answered */
  async function ask(): Promise<string> {
    const signal = AbortSignal.timeout(TRIAL_MS);
    const { model, upstreamModel, servedBy } = await choose(signal);
    const request = {
      system: 'Answer with one word.',
      messages: [{ role: 'user' as const, content: 'Hello' }],
      passages: [],
      maxOutputTokens: Math.min(64, model.maxOutputTokens),
      ...(upstreamModel !== undefined && { model: upstreamModel }),
    };
    try {
      for await (const _ of model.stream(request, { signal, maxRetries: 0 })) break;
    } catch (error) {
      if (signal.aborted) throw new AppError('model_timeout', 'The language model took too long to answer.');
      if (!(error instanceof AppError) || !ANSWERED.has(error.code)) throw inWords(error);
    }
    isInDoubt = false;
    return servedBy();
  }

  return {
    /** What became of a call; null where it was answered. */
    note(error: AppError | null): void {
      if (error === null) isInDoubt = false;
      else if (error.code === 'model_refused' || toldToOperator(error) !== null) isInDoubt = true;
    },

    isInDoubt: () => isInDoubt,

    /** Asks it the shortest of questions. @throws AppError in words for the operator */
    ask,

    /** The same, but at most once a minute. */
    askSometimes(): Promise<string> {
      const now = clock.now().getTime();
      if (!last || now - last.at >= TRIAL_BELIEVED_MS) last = { at: now, trial: ask() };
      return last.trial;
    },
  };
}

function inWords(error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  const told =
    error.code === 'model_refused'
      ? 'The language model refuses even a greeting. The log says with which status; CHAT_MODEL and the key are the first to check.'
      : toldToOperator(error);
  return told === null ? error : new AppError(error.code, told, { cause: error });
}

/** A model whose calls are noted. */
export function watchModel(model: ChatModel, note: ModelHealth['note']): ChatModel {
  return {
    ...model,
    async *stream(request, options) {
      try {
        for await (const event of model.stream(request, options)) {
          // Whoever reads it leaves at the last event.
          if (event.type === 'finish') note(null);
          yield event;
        }
      } catch (error) {
        if (error instanceof AppError && !options.signal.aborted) note(error);
        throw error;
      }
    },
  };
}
