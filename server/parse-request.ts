import type { z } from 'zod';
import { AppError } from '../core/errors.ts';

/**
 * Reads one part of a request by its schema.
 * @throws AppError `invalid_request` that names every wrong field and says what would be right
 */
export function parseRequestPart<Schema extends z.ZodType>(
  part: 'params' | 'query' | 'headers' | 'body',
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const result = schema.safeParse(value, { error: toWords });
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${nameOf(part, issue.path)} ${issue.message}`);
  const [first] = result.error.issues;
  const field = first?.path.map(String).join('.') || undefined;
  throw new AppError('invalid_request', `${[...new Set(problems)].join('; ')}.`, { field });
}

function nameOf(part: string, path: PropertyKey[]): string {
  if (path.length === 0) return part === 'body' ? 'The request body' : `The ${part}`;
  return path.map(String).join('.');
}

const KIND_WORDS: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a JSON object (sent with content-type: application/json)',
  array: 'a list',
};

/** Used where a schema brings no words of its own. */
function toWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined && issue.path?.length) return 'is missing';
      return `must be ${KIND_WORDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`;
    case 'unrecognized_keys':
      return `has unknown fields: ${issue.keys.map((key) => key.slice(0, 40)).join(', ')}`;
    default:
      return undefined;
  }
}
