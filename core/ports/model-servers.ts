import type { CatalogueModel } from './catalogue-model.ts';
import type { ChatModel } from './chat-model.ts';

/** Where a model of the catalogue is, and what its server wants to be asked with. */
export interface ModelServer {
  /** Without a slash at its end. */
  baseUrl: string;
  apiKey: string | undefined;
}

/** The servers that the models of the catalogue live on, by the settings that their rows name. */
export interface ModelServers {
  /** Null where the settings of its row are absent. */
  find(model: CatalogueModel): ModelServer | null;
  /** A model as one that answers; `find` has to know its server. */
  open(model: CatalogueModel): ChatModel;
}
