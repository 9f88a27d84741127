import { z } from 'zod';
import type { CatalogueModel } from '../ports/catalogue-model.ts';

/** Words of Parley's own, which cannot be ids: the router, and the assistant itself in `/v1`. */
const RESERVED_IDS = ['auto', 'parley'];

const id = z
  .string()
  .regex(/^[\w./:@-]{1,100}$/, 'must have 1 to 100 letters, digits or . _ - / : @')
  .refine((text) => !RESERVED_IDS.includes(text), "must not be auto or parley, which are words of Parley's own");

const server = z
  .string()
  .transform((text) => text.replace(/\/+$/, ''))
  .refine(
    (text) => /^[A-Z][A-Z0-9_]*_BASE_URL$/.test(text) || isPlainAddress(text),
    'must name a setting such as OPENAI_BASE_URL, or be an address that starts with http',
  );

const apiKeySetting = z
  .string()
  .regex(/^(?:[A-Z][A-Z0-9_]*_API_KEY|none)$/, 'must name a setting such as OPENAI_API_KEY, or be none')
  .transform((text) => (text === 'none' ? null : text));

/** In the file dollars per million tokens; here millionths of one, which is the smallest step. */
const price = z
  .string()
  .regex(
    /^(?:\$ ?)?\d{1,5}(?:\.\d{1,6})?$/,
    'must be dollars per million tokens, such as 0.25, with six decimals at most',
  )
  .transform((text) => Math.round(Number(text.replace(/^\$ ?/, '')) * 1_000_000));

const tokens = wholeNumber(16, 100_000_000);
/** 0 for a model that writes nothing, such as one for embeddings: it is there for its price. */
const tokensOrNone = z.union([z.literal('0').transform(Number), tokens], {
  error: 'must be a whole number from 16 to 100000000, or 0 for a model that writes nothing',
});

const yesOrNo = z
  .string()
  .regex(/^(?:yes|no|true|false|1|0)$/i, 'must be yes or no')
  .transform((text) => /^(?:yes|true|1)$/i.test(text));

const day = z.iso.date('must be a day such as 2026-11-21');

/** One row by column; a cell that is empty is absent. */
const rowSchema = z
  .object({
    id,
    upstream_name: z.string().optional(),
    base_url_setting: server.default('OPENAI_BASE_URL'),
    api_key_setting: apiKeySetting.optional(),
    input_price_per_million: price.optional(),
    output_price_per_million: price.optional(),
    cached_input_price_per_million: price.optional(),
    cache_write_price_per_million: price.optional(),
    context_window: tokens,
    max_output: tokensOrNone,
    sees_images: yesOrNo.default(false),
    quality: wholeNumber(0, 100),
    retires_on: day.optional(),
    source: z.string().default(''),
    price_date: day.optional(),
  })
  .refine((row) => (row.input_price_per_million === undefined) === (row.output_price_per_million === undefined), {
    path: ['output_price_per_million'],
    message: 'is needed together with input_price_per_million; leave both empty where the price is not known',
  })
  .refine((row) => row.max_output <= row.context_window, {
    path: ['max_output'],
    message: 'must not be more than context_window',
  });

/** The columns by name, in the order in which the file that comes with Parley has them. */
export const CATALOGUE_COLUMNS = Object.keys(rowSchema.shape);

/** @returns the model, or what is wrong with the row, column by column */
export function parseCatalogueRow(
  cells: Record<string, string>,
): CatalogueModel | { column: string; problem: string }[] {
  const result = rowSchema.safeParse(cells);
  if (result.success) return toModel(result.data);
  return result.error.issues.map((issue) => {
    const column = String(issue.path[0]);
    return { column, problem: column in cells ? issue.message : missing(issue.message) };
  });
}

/** What zod says of a missing text is written for programmers. */
function missing(message: string): string {
  return /^is needed/.test(message) ? message : 'is needed';
}

function toModel(row: z.output<typeof rowSchema>): CatalogueModel {
  const { input_price_per_million: input, output_price_per_million: output } = row;
  return {
    id: row.id,
    upstreamName: row.upstream_name ?? row.id,
    server: row.base_url_setting,
    apiKeySetting: row.api_key_setting === undefined ? keyBeside(row.base_url_setting) : row.api_key_setting,
    price:
      input === undefined || output === undefined
        ? null
        : {
            inputMicrosPerMillion: input,
            cachedInputMicrosPerMillion: row.cached_input_price_per_million ?? input,
            cacheWriteMicrosPerMillion: row.cache_write_price_per_million ?? input,
            outputMicrosPerMillion: output,
          },
    contextTokens: row.context_window,
    maxOutputTokens: row.max_output,
    seesImages: row.sees_images,
    quality: row.quality,
    retiresOn: row.retires_on ?? null,
    source: row.source,
    pricedOn: row.price_date ?? '',
  };
}

/** `GROQ_API_KEY` for `GROQ_BASE_URL`. An address of its own gets no key unless the row names one. */
function keyBeside(baseUrlSetting: string): string | null {
  return baseUrlSetting.endsWith('_BASE_URL') ? baseUrlSetting.replace(/_BASE_URL$/, '_API_KEY') : null;
}

function isPlainAddress(text: string): boolean {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}

function wholeNumber(from: number, to: number) {
  const problem = `must be a whole number from ${from} to ${to}`;
  return z
    .string()
    .regex(/^\d[\d_]*$/, problem)
    .transform((text) => Number(text.replaceAll('_', '')))
    .refine((value) => value >= from && value <= to, problem);
}
