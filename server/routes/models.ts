import { z } from 'zod';
import type { OfferedModels } from '../../core/models/offered-models.ts';
import type { CatalogueModel } from '../../core/ports/catalogue-model.ts';
import type { UserModel } from '../../core/users/user-model.ts';
import { endpoint } from '../endpoint.ts';

const tag = 'Models';

const price = z.number().nullable();
const modelShape = z
  .object({
    id: z.string(),
    sees_images: z.boolean(),
    quality: z.int().min(0).max(100).meta({ description: 'How demanding a question it answers well.' }),
    context_window: z.int().min(1).meta({ description: 'Input and output together, in tokens.' }),
    input_price_per_million: price.meta({ description: 'US dollars; null where it is not known.' }),
    output_price_per_million: price,
    cached_input_price_per_million: price,
  })
  .meta({ id: 'LanguageModel', description: 'A model that may write answers here.' });

const settingsShape = z
  .strictObject({
    model: z
      .string()
      .trim()
      .min(1, 'must not be empty; null is for whatever the operator has chosen')
      .max(100, 'must have at most 100 characters')
      .nullable()
      .meta({ description: 'auto, one of /api/models, or null for whatever the operator has chosen.' }),
  })
  .meta({ id: 'UserSettings', description: 'What a person has chosen for themselves, on every platform.' });

interface ModelEndpointsOptions {
  offeredModels: Pick<OfferedModels, 'list'>;
  userModel: UserModel;
}

export function createModelChoiceEndpoints({ offeredModels, userModel }: ModelEndpointsOptions) {
  const settings = async (userId: string) => ({ status: 200, body: { model: await userModel.find(userId) } });
  const responses = {
    200: { description: 'As they are now.', content: { 'application/json': { schema: settingsShape } } },
  };
  return {
    list: endpoint({
      summary: 'The language models here',
      description: 'Empty where answers are quoted from the documents.',
      tag,
      responses: {
        200: {
          description: 'All of them.',
          content: { 'application/json': { schema: z.object({ items: z.array(modelShape) }) } },
        },
      },
      async handle() {
        return { status: 200, body: { items: (await offeredModels.list()).map(toModelShape) } };
      },
    }),

    settings: endpoint({
      summary: 'What I have chosen for myself',
      tag,
      responses,
      handle: ({ grant }) => settings(grant.userId),
    }),

    change: endpoint({
      summary: 'Choose a language model for myself',
      description: 'In places where others read along, the choice of their admins comes first.',
      tag,
      body: settingsShape,
      responses,
      errors: ['model_unknown'],
      async handle({ grant, body }) {
        await userModel.set(grant.userId, body.model);
        return settings(grant.userId);
      },
    }),
  };
}

function toModelShape(model: CatalogueModel): z.input<typeof modelShape> {
  const dollars = (microsPerMillion: number | undefined) =>
    microsPerMillion === undefined ? null : microsPerMillion / 1_000_000;
  return {
    id: model.id,
    sees_images: model.seesImages,
    quality: model.quality,
    context_window: model.contextTokens,
    input_price_per_million: dollars(model.price?.inputMicrosPerMillion),
    output_price_per_million: dollars(model.price?.outputMicrosPerMillion),
    cached_input_price_per_million: dollars(model.price?.cachedInputMicrosPerMillion),
  };
}
