import type { ModelServer } from './model-servers.ts';

/** What the servers of models say they have. */
export interface ModelLists {
  /**
   * As the server listed it at most a few minutes ago; null for one that does not list, or could not be asked yet.
   * Never throws.
   */
  find(server: ModelServer): Promise<readonly string[] | null>;
}
