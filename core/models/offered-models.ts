import type { CatalogueModel } from '../ports/catalogue-model.ts';
import type { Clock } from '../ports/clock.ts';
import type { ModelLists } from '../ports/model-lists.ts';
import type { ModelServer, ModelServers } from '../ports/model-servers.ts';
import type { Catalogue, CatalogueVersion } from './catalogue.ts';
import { findListedName, writesAnswers } from './listed-name.ts';

interface OfferedModelsOptions {
  catalogue: Pick<Catalogue, 'read'>;
  servers: Pick<ModelServers, 'find'>;
  lists: ModelLists;
  /** Whether the table is one of the operator's making: then it is believed where a list has nothing of it. */
  isOwnTable: boolean;
  /** Whether somebody pays: then a model is taken for one of the table only by its exact name. */
  isPaid: boolean;
  /** What the operator's server has beside the table, by the names it lists; null where only the table counts. */
  unpriced: { server: ModelServer; toModel(name: string): CatalogueModel } | null;
  /** What the operator named, for a server that does not list. */
  namedModel: string | null;
  clock: Clock;
}

export type OfferedModels = ReturnType<typeof createOfferedModels>;

const OPERATORS_SERVER = 'OPENAI_BASE_URL';

type Listing = ReadonlyMap<string, string>;

/**
 * Those that can answer here: they write, their server is set up and lists them, their provider has not ended them. Of a
 * server that has none of the table, such as Ollama, it is what the server lists.
 */
export function createOfferedModels(options: OfferedModelsOptions) {
  const { catalogue, servers, lists, isOwnTable, isPaid, unpriced, namedModel, clock } = options;
  /** By the list they were found in: it stays the same object until it changes. */
  const known = new WeakMap<readonly string[], Map<string, string | null>>();

  function nameIn(listed: readonly string[], name: string): string | null {
    const names = known.get(listed) ?? new Map<string, string | null>();
    const found = names.get(name);
    if (found !== undefined) return found;
    const listedName = findListedName(name, listed, { isExact: isPaid });
    known.set(listed, names.set(name, listedName));
    return listedName;
  }

  /** Names at their server by id, of the models of one server that it has. */
  function toListing(models: CatalogueModel[], listed: readonly string[] | null): Listing {
    const asTabled = new Map(models.map(({ id, upstreamName }) => [id, upstreamName]));
    if (listed === null || listed.length === 0) return asTabled;
    const found = models.flatMap(({ id, upstreamName }): [string, string][] => {
      const name = nameIn(listed, upstreamName);
      return name === null ? [] : [[id, name]];
    });
    return found.length === 0 && isOwnTable ? asTabled : new Map(found);
  }

  async function findList(server: ModelServer, isOperators: boolean): Promise<readonly string[] | null> {
    const listed = await lists.find(server);
    if (listed !== null || !isOperators || isOwnTable || namedModel === null) return listed;
    return [namedModel];
  }

  async function among({ models }: CatalogueVersion): Promise<CatalogueModel[]> {
    const today = clock.now().toISOString().slice(0, 10);
    const isUsable = (model: CatalogueModel) => model.maxOutputTokens > 0 && (model.retiresOn ?? '9999') > today;
    const usable = models.filter((model) => isUsable(model) && servers.find(model) !== null);
    const byServer = Map.groupBy(usable, ({ server }) => server);
    const listings = await Promise.all(
      [...byServer].map(async ([name, ofServer]) => {
        const [first] = ofServer;
        const server = first ? servers.find(first) : null;
        return toListing(ofServer, server && (await findList(server, name === OPERATORS_SERVER)));
      }),
    );
    const names = new Map(listings.flatMap((listing) => [...listing]));
    const offered = usable.flatMap((model) => {
      const upstreamName = names.get(model.id);
      if (upstreamName === undefined) return [];
      return upstreamName === model.upstreamName ? [model] : [{ ...model, upstreamName }];
    });
    if (isOwnTable || offered.some(({ server }) => server === OPERATORS_SERVER)) return offered;
    return [...offered, ...(await ofNoTable())];
  }

  async function ofNoTable(): Promise<CatalogueModel[]> {
    if (unpriced === null) return [];
    const listed = (await findList(unpriced.server, true)) ?? [];
    return listed.filter(writesAnswers).map(unpriced.toModel);
  }

  return {
    among,

    /** In the order of the table. */
    async list(): Promise<CatalogueModel[]> {
      return among(await catalogue.read());
    },

    /** The settings of the servers that do not list their models, so that the table is believed. */
    async silentServers(): Promise<string[]> {
      const { models } = await catalogue.read();
      const names = new Map(models.map((model) => [model.server, servers.find(model)]));
      const asked = [...names].map(async ([name, server]) =>
        server && (await lists.find(server)) === null ? [name] : [],
      );
      return (await Promise.all(asked)).flat();
    },

    /** Whether the operator's server lists a model of that name; null where it does not tell. */
    async isListed(model: CatalogueModel): Promise<boolean | null> {
      const server = servers.find(model);
      const listed = server && (await lists.find(server));
      if (!listed || listed.length === 0) return null;
      return nameIn(listed, model.upstreamName) !== null;
    },
  };
}
