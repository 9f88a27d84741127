import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { ErrorCode } from '../core/errors.ts';
import type { AccessGrant } from '../core/users/access-tokens.ts';
import { parseRequestPart } from './parse-request.ts';

type Fields = z.ZodObject;
type NoFields = z.ZodObject<Record<never, never>>;

interface Content {
  schema?: z.ZodType;
  description?: string;
}

interface ResponseDescription {
  description: string;
  /** By media type; none means an empty answer. */
  content?: Record<string, Content>;
}

/** What an endpoint takes and gives: requests are validated by it, and `/openapi.json` is made from it. */
export interface EndpointDescription<P = Fields, Q = Fields, H = Fields, B = z.ZodType> {
  summary: string;
  description?: string;
  tag: string;
  params?: P;
  query?: Q;
  headers?: H;
  body?: B;
  responses: Record<number, ResponseDescription>;
  /** Refusals particular to it; those every endpoint shares are added where it is described. */
  errors?: ErrorCode[];
}

export interface Call<P extends Fields, Q extends Fields, H extends Fields, B extends z.ZodType, G> {
  params: z.output<P>;
  query: z.output<Q>;
  headers: z.output<H>;
  body: z.output<B>;
  grant: G;
  req: Request;
  res: Response;
}

export interface Reply {
  status: number;
  body?: unknown;
}

export interface Endpoint {
  description: EndpointDescription;
  needsToken: boolean;
  handle(req: Request, res: Response, grant: AccessGrant | null): Promise<void>;
}

/** An endpoint for whoever brings a valid access token. `handle` gives the reply, or null when it has answered itself. */
export function endpoint<
  P extends Fields = NoFields,
  Q extends Fields = NoFields,
  H extends Fields = NoFields,
  B extends z.ZodType = z.ZodUndefined,
>(
  spec: EndpointDescription<P, Q, H, B> & { handle(call: Call<P, Q, H, B, AccessGrant>): Promise<Reply | null> },
): Endpoint {
  const { handle, ...description } = spec;
  return {
    description,
    needsToken: true,
    async handle(req, res, grant) {
      if (!grant) throw new Error('an endpoint that needs a token was mounted without authentication');
      send(res, await handle(readCall(description, req, res, grant)));
    },
  };
}

/** An endpoint for everybody. */
export function openEndpoint<
  P extends Fields = NoFields,
  Q extends Fields = NoFields,
  H extends Fields = NoFields,
  B extends z.ZodType = z.ZodUndefined,
>(spec: EndpointDescription<P, Q, H, B> & { handle(call: Call<P, Q, H, B, null>): Promise<Reply | null> }): Endpoint {
  const { handle, ...description } = spec;
  return {
    description,
    needsToken: false,
    handle: async (req, res) => send(res, await handle(readCall(description, req, res, null))),
  };
}

function readCall<P extends Fields, Q extends Fields, H extends Fields, B extends z.ZodType, G>(
  { params, query, headers, body }: EndpointDescription<P, Q, H, B>,
  req: Request,
  res: Response,
  grant: G,
): Call<P, Q, H, B, G> {
  return {
    // An undescribed part is typed as having no fields, so nothing can be read from the undefined it gets.
    params: (params && parseRequestPart('params', params, req.params)) as z.output<P>,
    query: (query && parseRequestPart('query', query, req.query)) as z.output<Q>,
    headers: (headers && parseRequestPart('headers', headers, req.headers)) as z.output<H>,
    body: (body && parseRequestPart('body', body, req.body)) as z.output<B>,
    grant,
    req,
    res,
  };
}

function send(res: Response, reply: Reply | null): void {
  if (!reply) return;
  if (reply.body === undefined) res.status(reply.status).end();
  else res.status(reply.status).json(reply.body);
}
