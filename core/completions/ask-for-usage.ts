import type { CompletionServers, ServerAnswer } from '../ports/completion-servers.ts';
import type { ModelServer } from '../ports/model-servers.ts';
import type { CompletionRequest } from './completion-request.ts';
import { RefusedRequest } from './refused-request.ts';

type SendOptions = Parameters<CompletionServers['send']>[2];

/**
 * Has every stream report its usage. Servers that refuse to be asked for it are asked once more without, and remembered:
 * there it is counted here. Where the caller asked for it, they are told of the refusal.
 */
export function createAskForUsage({ send }: Pick<CompletionServers, 'send'>) {
  const silent = new Set<string>();

  return async (server: ModelServer, request: CompletionRequest, options: SendOptions): Promise<ServerAnswer> => {
    if (!options.isStream || silent.has(server.baseUrl)) return send(server, request, options);
    const stream_options = { ...request.stream_options, include_usage: true };
    try {
      return await send(server, { ...request, stream_options }, options);
    } catch (error) {
      if (request.stream_options || !isAboutUsage(error)) throw error;
      silent.add(server.baseUrl);
      return send(server, request, options);
    }
  };
}

function isAboutUsage(error: unknown): boolean {
  if (!(error instanceof RefusedRequest)) return false;
  return /stream_options|include_usage/.test(`${error.error.param} ${error.error.message}`);
}
