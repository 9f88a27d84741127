import type { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import type { ErrorCode } from '../core/errors.ts';
import type { ApiRoute } from './api-routes.ts';
import type { Endpoint } from './endpoint.ts';
import { ERROR_STATUS } from './error-status.ts';
import { isWithinReach } from './key-reach.ts';
import { errorShape } from './shapes/error.ts';
import { openAiErrorShape } from './v1/openai-error.ts';

const STATUS_WORDS: Record<number, string> = {
  400: 'Something in the request is wrong; the message names it.',
  401: 'No access token, or not a valid one.',
  403: 'This website may not use this assistant.',
  404: 'There is no such thing, or it is not yours.',
  409: 'It contradicts what was sent before.',
  413: 'Too large.',
  422: 'It was understood, and cannot be done.',
  429: 'Too much at once; Retry-After says when to try again.',
  500: 'A fault of ours; the id helps to find it.',
  502: 'The language model failed.',
  503: 'Not possible right now; try again later.',
  504: 'The language model took too long.',
};

/** The OpenAPI description of the routes, from the same schemas that validate requests. */
export function createOpenApiDocument({ routes, publicUrl }: { routes: ApiRoute[]; publicUrl: string }) {
  const paths: ZodOpenApiPathsObject = {};
  for (const [method, path, endpoint] of routes) {
    const template = path.replace(/[:*](\w+)/g, '{$1}');
    paths[template] = { ...paths[template], [method]: toOperation(endpoint, { method, path }) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Parley',
      version: '1',
      description: 'One assistant for every place a community talks, with answers from its own documents.',
    },
    // Relative to where the description was read, so that it also works where this server goes by another name.
    servers: [{ url: new URL(publicUrl).pathname }],
    paths,
    components: {
      securitySchemes: {
        visitor: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'From POST /api/visitors or /api/auth/login.',
        },
        api_key: { type: 'http', scheme: 'bearer', bearerFormat: 'pk_…', description: 'From POST /api/api-keys.' },
      },
    },
  });
}

function toOperation(endpoint: Endpoint, at: { method: string; path: string }): ZodOpenApiOperationObject {
  const { summary, description, tag, params, query, headers, body, responses } = endpoint.description;
  const isProbe = !/^\/(api|v1|webhooks)\//.test(at.path);
  const errorBody = at.path.startsWith('/v1/') ? openAiErrorShape : errorShape;
  return {
    operationId: toOperationId(`${at.method} ${at.path}`),
    summary,
    ...(description && { description }),
    tags: [tag],
    security: endpoint.needsToken
      ? [{ visitor: [] }, ...(isWithinReach(at.method, at.path) ? [{ api_key: [] }] : [])]
      : [],
    requestParams: { ...(params && { path: params }), ...(query && { query }), ...(headers && { header: headers }) },
    ...(body && {
      requestBody: { required: !body.safeParse(undefined).success, content: { 'application/json': { schema: body } } },
    }),
    responses: { ...(isProbe ? {} : describeErrors(endpoint, errorBody)), ...responses },
  };
}

function toOperationId(route: string): string {
  return route.replace(/[^a-z]+(\w)?/gi, (_, letter: string | undefined) => letter?.toUpperCase() ?? '');
}

function describeErrors(
  { description, needsToken }: Endpoint,
  schema: z.ZodType,
): ZodOpenApiOperationObject['responses'] {
  const takesInput = description.params ?? description.query ?? description.headers ?? description.body;
  const shared: ErrorCode[] = ['forbidden', 'rate_limited', 'shutting_down'];
  if (takesInput) shared.push('invalid_request');
  if (description.body) shared.push('payload_too_large', 'unsupported_encoding');
  if (needsToken) shared.push('unauthorized');
  const codesByStatus = new Map<number, string[]>([[500, ['internal_error']]]);
  for (const code of [...shared, ...(description.errors ?? [])]) {
    const status = ERROR_STATUS[code];
    codesByStatus.set(status, [...(codesByStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...codesByStatus].map(([status, codes]) => [
      status,
      {
        description: `${STATUS_WORDS[status]} Codes: ${codes.join(', ')}.`,
        content: { 'application/json': { schema } },
      },
    ]),
  );
}
