import type { Catalogue } from '../models/catalogue.ts';
import type { OfferedModels } from '../models/offered-models.ts';
import type { CatalogueModel } from '../ports/catalogue-model.ts';
import type { ModelLimits } from '../ports/model-provider.ts';
import { AUTO, findFixedModel } from '../routing/fixed-model.ts';

interface OwnKeyModelsOptions {
  catalogue: Pick<Catalogue, 'read'>;
  /** Those that are there, by the names their servers list; the table's own names unless given. */
  offered?: Pick<OfferedModels, 'list'>;
  /** What everybody is answered by: `auto`, an id of the catalogue, or a name at the operator's server. */
  usualModel: string;
}

/** What an own key is used with where no model was asked for. */
export interface UsualModels {
  /** Names at a provider, the preferred one first; at least one. */
  names: string[];
  /** Whether the operator has named it: then the key follows what the operator names later. */
  isNamed: boolean;
}

interface Asked {
  asker: { model: string | null };
  place: { isPrivate: boolean; model?: string };
}

export type OwnKeyModels = ReturnType<typeof createOwnKeyModels>;

const OPERATORS_SERVER = 'OPENAI_BASE_URL';
/** Good enough for most questions, in the catalogue's measure. */
const GOOD_ENOUGH = 60;
/** Where the catalogue is empty, too. */
const LAST_RESORT = 'gpt-5-mini';

/** Which of a provider's models answers by an own key. What people and places choose here are names of the operator's. */
export function createOwnKeyModels({ catalogue, offered, usualModel }: OwnKeyModelsOptions) {
  /** A table that cannot be read stops nobody who pays for themselves. */
  async function entries(): Promise<readonly CatalogueModel[]> {
    const version = await catalogue.read().catch(() => null);
    return version?.models ?? [];
  }

  async function usual(): Promise<UsualModels> {
    const models = await entries();
    if (usualModel !== AUTO) {
      const entry = models.find(({ id }) => id === usualModel);
      return { names: [entry?.upstreamName ?? usualModel], isNamed: true };
    }
    const names = models.toSorted(byPreference).map(({ upstreamName }) => upstreamName);
    return { names: names.length > 0 ? [...new Set(names)] : [LAST_RESORT], isNamed: false };
  }

  /** Null for what is on another server than the operator's usual one. */
  async function findNameAtOperators(model: string): Promise<string | null> {
    const there = (await offered?.list().catch(() => [])) ?? [];
    const entry = [...there, ...(await entries())].find(({ id }) => id === model);
    if (!entry) return model;
    return entry.server === OPERATORS_SERVER ? entry.upstreamName : null;
  }

  return {
    usual,

    /** Its own model; at the operator's server what the place or the person has chosen there; or else the usual one. */
    async nameFor(key: { model: string | null; isOperatorsServer: boolean }, { asker, place }: Asked): Promise<string> {
      if (key.model !== null) return key.model;
      if (key.isOperatorsServer) {
        const { id } = findFixedModel({ place, ofPerson: asker.model, usual: AUTO });
        const chosen = id === AUTO ? null : await findNameAtOperators(id);
        if (chosen !== null) return chosen;
      }
      return (await usual()).names[0] ?? LAST_RESORT;
    },

    /** How much a model can take and give, by whatever name a marketplace lists it; null where that is not known. */
    async limitsOf(name: string): Promise<ModelLimits | null> {
      const models = await entries();
      const entry =
        models.find(({ upstreamName }) => upstreamName === name) ??
        models.find(({ upstreamName }) => name.endsWith(`/${upstreamName}`));
      return entry ? { contextTokens: entry.contextTokens, maxOutputTokens: entry.maxOutputTokens } : null;
    },
  };
}

/** Those of the operator's server first, then the cheapest that are good enough, then the best of the others. */
function byPreference(one: CatalogueModel, other: CatalogueModel): number {
  const place = (model: CatalogueModel) =>
    (model.server === OPERATORS_SERVER ? 0 : 2) + (model.quality >= GOOD_ENOUGH ? 0 : 1);
  if (place(one) !== place(other)) return place(one) - place(other);
  if (one.quality < GOOD_ENOUGH) return other.quality - one.quality;
  return costOf(one) - costOf(other);
}

function costOf({ price }: CatalogueModel): number {
  return price ? price.outputMicrosPerMillion : Number.MAX_SAFE_INTEGER;
}
