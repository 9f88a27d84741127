import { z } from 'zod';
import type { AccessGrant } from '../../core/users/access-tokens.ts';
import { endpoint } from '../endpoint.ts';
import type { RateLimits } from '../rate-limits.ts';
import { admitAsker, unknownModel } from './asker.ts';

const tag = 'OpenAI-compatible';

const modelShape = z
  .object({ id: z.string(), object: z.literal('model'), created: z.int(), owned_by: z.string() })
  .meta({ id: 'OpenAiModel' });

/** Ids such as `openai/gpt-oss-20b` come with their slash bare from some clients, and encoded from others. */
const wholeId = z.preprocess((parts) => (Array.isArray(parts) ? parts.join('/') : parts), z.string());

export interface ListedModel {
  id: string;
  ownedBy: string;
}

interface ModelsOptions {
  /** Those that chat. */
  listModels(): Promise<ListedModel[]>;
  embeddingModel: string;
  rateLimits: RateLimits;
}

export function createModelEndpoints({ listModels, embeddingModel, rateLimits }: ModelsOptions) {
  const forEmbeddings: ListedModel[] = [{ id: embeddingModel, ownedBy: 'parley' }];
  function allowedTo({ apiKey }: AccessGrant, models: ListedModel[]): ListedModel[] {
    return models.filter(({ id }) => !apiKey?.models || apiKey.models.includes(id));
  }

  function listEndpoint(summary: string, listAll: () => Promise<ListedModel[]>) {
    return endpoint({
      summary,
      tag,
      responses: {
        200: {
          description: 'All of them.',
          content: {
            'application/json': { schema: z.object({ object: z.literal('list'), data: z.array(modelShape) }) },
          },
        },
      },
      async handle({ grant }) {
        await admitAsker(grant, { model: null, rateLimits });
        return { status: 200, body: { object: 'list', data: allowedTo(grant, await listAll()).map(toModelShape) } };
      },
    });
  }

  return {
    list: listEndpoint('The models that chat', listModels),
    listForEmbeddings: listEndpoint('The model that makes embeddings', async () => forEmbeddings),

    get: endpoint({
      summary: 'One model',
      tag,
      params: z.object({ model: wholeId }),
      responses: { 200: { description: 'It.', content: { 'application/json': { schema: modelShape } } } },
      errors: ['model_unknown'],
      async handle({ grant, params }) {
        await admitAsker(grant, { model: params.model, rateLimits });
        const model = allowedTo(grant, [...(await listModels()), ...forEmbeddings]).find(
          ({ id }) => id === params.model,
        );
        if (!model) throw unknownModel(params.model);
        return { status: 200, body: toModelShape(model) };
      },
    }),
  };
}

function toModelShape({ id, ownedBy }: ListedModel): z.input<typeof modelShape> {
  // Nobody knows when they were made, and clients want a number.
  return { id, object: 'model', created: 0, owned_by: ownedBy };
}
