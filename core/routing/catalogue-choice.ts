import { AppError } from '../errors.ts';
import type { Catalogue, CatalogueVersion } from '../models/catalogue.ts';
import type { OfferedModels } from '../models/offered-models.ts';
import { priceUnknown } from '../models/price-unknown.ts';
import type { CatalogueModel } from '../ports/catalogue-model.ts';
import type { ChatModel } from '../ports/chat-model.ts';
import type { Logger } from '../ports/logger.ts';
import type { VersionedPrice } from '../ports/model-price.ts';
import type { ModelServers } from '../ports/model-servers.ts';
import type { ChooseTurnModel, TurnModel, TurnModelRequest } from '../ports/turn-model.ts';
import { createFallbackModel } from './fallback-model.ts';
import { AUTO, type FixedModel, findFixedModel } from './fixed-model.ts';
import { nameKnownOnes } from './name-known-models.ts';
import type { Router } from './router.ts';

interface CatalogueChoiceOptions {
  catalogue: Pick<Catalogue, 'read'>;
  servers: ModelServers;
  offered: Pick<OfferedModels, 'among' | 'isListed'>;
  router: Router;
  /** `auto`, an id of the catalogue, or a name at the server of `model`. */
  usualModel: string;
  /** Answers by names that the catalogue does not know. */
  model: ChatModel;
  /** A model of the operator's server that is in no table. */
  toUnpriced(name: string): CatalogueModel;
  logger: Logger;
}

/**
 * The operator's models: the one that a place or a person has fixed, or the usual one, or where that is `auto` whichever
 * the router finds right for the question.
 */
export function createCatalogueChoice(options: CatalogueChoiceOptions): ChooseTurnModel {
  const { catalogue, servers, offered, router, model, toUnpriced } = options;
  const logger = options.logger.child({ part: 'routing' });

  return async (request) => {
    const fixed = findFixedModel({
      place: request.turn.place,
      ofPerson: request.turn.asker.model,
      usual: options.usualModel,
    });
    const version = await catalogue.read().catch((error: unknown) => {
      // A name at the server needs no catalogue.
      if (fixed.id === AUTO) throw error;
      return { version: '', models: [] };
    });
    return choose(fixed, version, request);
  };

  async function choose(fixed: FixedModel, version: CatalogueVersion, request: TurnModelRequest): Promise<TurnModel> {
    if (fixed.id === AUTO) return routed(request, version, fixed.reason ?? '');
    const entry = (await offered.among(version)).find(({ id }) => id === fixed.id);
    if (entry) return known(entry, fixed, version, request);
    const row = version.models.find(({ id }) => id === fixed.id) ?? toUnpriced(fixed.id);
    if (servers.find(row) === null) return known(row, fixed, version, request);
    if ((await offered.isListed(row)) !== false) {
      return row.price === null ? unknown(fixed, version, request) : known(row, fixed, version, request);
    }
    return insteadOf(row, fixed, version, request);
  }

  /**
   * A model that its server no longer lists. What people and places have chosen gives way to the operator's; what the
   * operator has named is asked all the same, because some servers answer by names that they do not list, and then others.
   */
  async function insteadOf(
    gone: CatalogueModel,
    fixed: FixedModel,
    version: CatalogueVersion,
    request: TurnModelRequest,
  ): Promise<TurnModel> {
    const reason = `The model ${gone.id} is not at its server any more.`;
    const isOperators = fixed.id === options.usualModel;
    if (!isOperators) {
      return choose({ id: options.usualModel, reason }, version, request);
    }
    const others = await router.route(request, version).catch(() => null);
    const isAllowed = request.budgetMicros === undefined || gone.price !== null;
    if (!others || others.chain.some(({ id }) => id === gone.id)) return unknown(fixed, version, request);
    return chained([...(isAllowed ? [gone] : []), ...others.chain], { reason, routed: others.routed }, version);
  }

  async function routed(request: TurnModelRequest, version: CatalogueVersion, note: string): Promise<TurnModel> {
    const { chain, reason, routed: question } = await router.route(request, version);
    return chained(chain, { reason: [note, reason].filter(Boolean).join(' '), routed: question }, version);
  }

  function chained(
    chain: CatalogueModel[],
    { reason, routed: question }: { reason: string; routed: TurnModel['routed'] },
    version: CatalogueVersion,
  ): TurnModel {
    const chosen = createFallbackModel({ chain, servers, logger });
    return {
      model: chosen,
      payer: 'operator',
      reason,
      prices: chain.map((entry) => toPrice(entry, version)),
      served() {
        const { model: entry, failures } = chosen.asked();
        const instead = failures.length > 0 ? ` ${failures.join(', ')}, so ${entry.id} was asked.` : '';
        return { modelId: entry.id, price: toPrice(entry, version), reason: reason + instead };
      },
      ...(question && { routed: question }),
    };
  }

  function known(
    entry: CatalogueModel,
    fixed: FixedModel,
    version: CatalogueVersion,
    request: TurnModelRequest,
  ): TurnModel {
    if (servers.find(entry) === null) {
      throw new AppError(
        'model_not_found',
        `The model ${entry.id} is not set up here: the operator has to set ${entry.server}.`,
      );
    }
    const price = toPrice(entry, version);
    if (request.budgetMicros !== undefined && price === null) throw priceUnknown(entry.id);
    if (request.imageUrls.length > 0 && !entry.seesImages) {
      throw new AppError('model_refused', `The model ${entry.id} cannot look at images. Please ask without one.`);
    }
    return {
      model: servers.open(entry),
      payer: 'operator',
      reason: fixed.reason,
      prices: [price],
      served: () => ({ modelId: entry.id, price, reason: fixed.reason }),
    };
  }

  /** The server may know it all the same. */
  async function unknown(fixed: FixedModel, version: CatalogueVersion, request: TurnModelRequest): Promise<TurnModel> {
    if (request.budgetMicros !== undefined) throw priceUnknown(fixed.id);
    return {
      model: nameKnownOnes(model, { wanted: fixed.id, known: await offered.among(version) }),
      ...(fixed.id !== model.name && { upstreamModel: fixed.id }),
      payer: 'operator',
      reason: fixed.reason,
      prices: [null],
      served: () => ({ modelId: fixed.id, price: null, reason: fixed.reason }),
    };
  }
}

function toPrice({ price }: CatalogueModel, { version }: CatalogueVersion): VersionedPrice | null {
  return price && { ...price, version };
}
