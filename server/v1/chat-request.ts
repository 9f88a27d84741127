import { z } from 'zod';

const textPart = z.looseObject({ type: z.literal('text'), text: z.string() });
const imagePart = z.looseObject({
  type: z.literal('image_url'),
  image_url: z.looseObject({ url: z.string().min(1, 'is missing') }),
});
/** Of other types, such as audio, as the model's server knows them. */
const otherPart = z.looseObject({ type: z.string() });
const content = z.union([z.string(), z.array(z.union([textPart, imagePart, otherPart]))], {
  error: 'must be text or a list of parts',
});

export const chatMessageShape = z.looseObject({
  role: z.enum(['developer', 'system', 'user', 'assistant', 'tool', 'function']),
  content: content.nullish(),
});

const count = z.int('must be a whole number').min(1, 'must be at least 1').nullish();

/** What is read here; everything else goes to the model's server as it came. */
export const chatRequestShape = z
  .looseObject({
    model: z
      .string()
      .min(1, 'is missing')
      .max(200, 'is not one of ours')
      .meta({ description: 'parley: the assistant with its documents; auto; or a model of GET /v1/models.' }),
    messages: z.array(chatMessageShape).min(1, 'must have a message'),
    stream: z.boolean().nullish(),
    stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
    max_tokens: count,
    max_completion_tokens: count,
    n: count,
  })
  .meta({ id: 'ChatCompletionRequest', description: "As in OpenAI's API." });

export type ChatRequest = z.infer<typeof chatRequestShape>;
export type ChatMessage = z.infer<typeof chatMessageShape>;
