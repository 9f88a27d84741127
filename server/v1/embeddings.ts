import { z } from 'zod';
import type { EmbeddingInput, Embeddings } from '../../core/embeddings/embeddings.ts';
import { endpoint } from '../endpoint.ts';
import type { RateLimits } from '../rate-limits.ts';
import { whenGone } from '../read-answer.ts';
import { admitAsker, unknownModel } from './asker.ts';

/** What clients ask for who do not know us: they get the configured model, which the answer names. */
const KNOWN_AS = /^(?:parley|auto|text-embedding-(?:ada-002|3-small|3-large))$/;
const MOST_INPUTS = 2048;
const LONGEST_INPUT = 100_000;
const MOST_TOKENS = 8192;

const text = z.string().min(1, 'must not be empty').max(LONGEST_INPUT, `must have at most ${LONGEST_INPUT} characters`);
const tokens = z
  .array(z.int().min(0))
  .min(1, 'must not be empty')
  .max(MOST_TOKENS, `must have at most ${MOST_TOKENS} tokens`);
const many = <Item extends z.ZodType>(item: Item) =>
  z.array(item).min(1, 'must not be empty').max(MOST_INPUTS, `must have at most ${MOST_INPUTS} inputs`);

const requestShape = z
  .looseObject({
    model: z.string().min(1, 'is missing'),
    input: z.union([text, many(text), tokens, many(tokens)], {
      error: `must be text, a list of texts, or tokens; not empty, and at most ${LONGEST_INPUT} characters each`,
    }),
    encoding_format: z.enum(['float', 'base64']).nullish(),
    dimensions: z.int('must be a whole number').min(1, 'must be at least 1').nullish(),
  })
  .meta({ id: 'EmbeddingsRequest', description: "As in OpenAI's API." });

const answerShape = z
  .object({
    object: z.literal('list'),
    data: z.array(
      z.object({
        object: z.literal('embedding'),
        index: z.int(),
        embedding: z.union([z.array(z.number()), z.string()]),
      }),
    ),
    model: z.string(),
    usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
  })
  .meta({ id: 'EmbeddingsAnswer' });

export function createEmbeddingsEndpoint({
  embeddings,
  rateLimits,
}: {
  embeddings: Embeddings;
  rateLimits: RateLimits;
}) {
  return endpoint({
    summary: "OpenAI's embeddings",
    description:
      "By the model that this assistant's documents are found with. OpenAI's names of embedding models stand for it too; the answer says which it was.",
    tag: 'OpenAI-compatible',
    body: requestShape,
    responses: {
      200: { description: 'One vector per input.', content: { 'application/json': { schema: answerShape } } },
    },
    errors: ['model_unknown', 'embedding_unavailable', 'balance_too_low', 'key_cap_reached', 'model_price_unknown'],

    async handle({ grant, body, res }) {
      const asker = await admitAsker(grant, { model: body.model, rateLimits });
      if (body.model !== embeddings.model && !KNOWN_AS.test(body.model)) throw unknownModel(body.model);
      const signal = whenGone(res);
      const inputs = toInputs(body.input);
      const { vectors, tokens } = await embeddings.embed({
        inputs,
        dimensions: body.dimensions ?? undefined,
        asker,
        signal,
      });
      return {
        status: 200,
        body: {
          object: 'list',
          data: vectors.map((vector, index) => ({
            object: 'embedding',
            index,
            embedding: body.encoding_format === 'base64' ? toBase64(vector) : [...vector],
          })),
          model: embeddings.model,
          usage: { prompt_tokens: tokens, total_tokens: tokens },
        },
      };
    },
  });
}

function toInputs(input: z.infer<typeof requestShape>['input']): EmbeddingInput[] {
  if (typeof input === 'string') return [input];
  return isTokens(input) ? [input] : input;
}

function isTokens(input: string[] | number[] | number[][]): input is number[] {
  return typeof input[0] === 'number';
}

/** As OpenAI does: 32-bit floats, least significant byte first, as this kind of array has them on every machine we run on. */
function toBase64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
