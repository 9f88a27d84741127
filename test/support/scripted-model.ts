import type { ChatModel, FinishReason, ModelEvent, ModelRequest, TokenUsage } from '../../core/ports/chat-model.ts';

export interface ModelCall {
  request: ModelRequest;
  signal: AbortSignal;
  say(text: string): void;
  finish(reason?: FinishReason): void;
  fail(error: unknown): void;
}

/** A model whose answers a test writes: by `reply`, or by hand, call by call. */
export interface ScriptedModelOptions {
  reply?: (request: ModelRequest) => string | Error;
  /** What each call is said to have spent. */
  usage?: TokenUsage;
  maxOutputTokens?: number;
}

export function createScriptedModel({
  reply,
  usage = { inputTokens: 1, outputTokens: 1 },
  maxOutputTokens = 4096,
}: ScriptedModelOptions = {}) {
  const calls: ModelCall[] = [];
  const watchers: (() => void)[] = [];

  async function* stream(request: ModelRequest, { signal }: { signal: AbortSignal }): AsyncGenerator<ModelEvent> {
    const events: (ModelEvent | { type: 'failure'; error: unknown })[] = [];
    let wake = () => {};
    const push = (event: (typeof events)[number]) => {
      events.push(event);
      wake();
    };
    const call: ModelCall = {
      request,
      signal,
      say: (text) => push({ type: 'delta', text }),
      finish: (reason = 'stop') => push({ type: 'finish', reason, model: request.model ?? 'scripted', usage }),
      fail: (error) => push({ type: 'failure', error }),
    };
    calls.push(call);
    for (const watcher of watchers.splice(0)) watcher();
    signal.addEventListener('abort', () => call.fail(signal.reason), { once: true });
    if (reply) answer(call, reply(request));

    for (;;) {
      const event = events.shift();
      if (!event) await new Promise<void>((resolve) => (wake = resolve));
      else if (event.type === 'failure') throw event.error;
      else yield event;
      if (event?.type === 'finish') return;
    }
  }

  const model: ChatModel = {
    name: 'scripted',
    contextTokens: 128_000,
    maxOutputTokens,
    stream,
    check: async () => {},
  };
  return Object.assign(model, {
    calls,
    /** Resolves with the call of that index, once it has been made. */
    async call(index: number): Promise<ModelCall> {
      for (;;) {
        const made = calls[index];
        if (made) return made;
        await new Promise<void>((resolve) => watchers.push(resolve));
      }
    },
  });
}

function answer(call: ModelCall, text: string | Error): void {
  if (text instanceof Error) {
    call.fail(text);
    return;
  }
  for (const piece of text.match(/\S+\s*|\s+/g) ?? []) call.say(piece);
  call.finish();
}
