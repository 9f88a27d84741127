import type { ModelServer } from './model-servers.ts';

/** The bytes of a chat completion as its server sends them. */
export interface ServerAnswer {
  contentType: string;
  /** Throws an AppError `model_interrupted` when it breaks off. */
  body: AsyncIterable<Buffer>;
}

/**
 * Servers with OpenAI's interface, asked in the caller's own words: what the caller may say, and what comes back, is
 * between the two.
 */
export interface CompletionServers {
  /**
   * Resolves when the server has begun to answer. Aborting the signal ends the call.
   * @throws AppError `model_*`; RefusedRequest where the server finds fault with what the caller wrote
   */
  send(
    server: ModelServer,
    request: object,
    options: { isStream: boolean; signal: AbortSignal },
  ): Promise<ServerAnswer>;
  /** What a server reported in place of a piece of its answer, as the failure that it is. */
  toError(reported: object | string, situation: { hasStarted: boolean }): Error;
  /** What this server calls the limit of an answer. */
  limitName(server: ModelServer): 'max_tokens' | 'max_completion_tokens';
}
