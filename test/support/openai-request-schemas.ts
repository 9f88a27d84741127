import { Ajv, type ValidateFunction } from 'ajv';
import schemas from '../fixtures/openai-requests.json' with { type: 'json' };

const ROUTES = {
  '/v1/chat/completions': 'CreateChatCompletionRequest',
  '/v1/embeddings': 'CreateEmbeddingRequest',
} as const;

/** The description is loose where ajv would like it strict: unknown formats and keywords of OpenAPI. */
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(schemas, 'openai');
const validators = new Map<string, ValidateFunction>();

/** What is wrong with a request by OpenAI's published description; null when nothing is. */
export function findRequestProblem(route: string, body: unknown): string | null {
  const name = ROUTES[route as keyof typeof ROUTES];
  if (!name) return null;
  let validate = validators.get(name);
  if (!validate) {
    validate = ajv.compile({ $ref: `openai#/components/schemas/${name}` });
    validators.set(name, validate);
  }
  return validate(body) ? null : ajv.errorsText(validate.errors);
}
