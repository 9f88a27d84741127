import { z } from 'zod';

/**
 * Text that people write: 1 to `max` characters (Unicode code points, as JSON Schema counts them), not only spaces.
 * NUL and half characters are refused, because the database would refuse or change them.
 */
export function writtenText(max: number) {
  return z
    .string()
    .refine((text) => text.trim() !== '' && isAtMost(text, max), {
      error: `must have 1 to ${max} characters`,
      abort: true,
    })
    .refine((text) => text.isWellFormed() && !text.includes('\0'), 'must be valid text without NUL characters')
    .meta({ minLength: 1, maxLength: max });
}

function isAtMost(text: string, max: number): boolean {
  // Counting code points makes a list of them: only where it can matter.
  return text.length <= max || (text.length <= 2 * max && [...text].length <= max);
}

/** An address people may hand us, to be fetched by others. */
export const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an address that starts with http:// or https://' })
  .max(2048, 'must have at most 2048 characters')
  .refine((url) => url.isWellFormed() && !url.includes('\0'), 'must be valid text without NUL characters');

export const uuid = z.uuid('must be an id (UUID)');
export const timestamp = z.iso
  .datetime()
  .meta({ description: 'ISO 8601, UTC', examples: ['2026-11-21T10:00:00.000Z'] });

export const idempotencyKey = z
  .string()
  .regex(/^[\x20-\x7e]{1,255}$/, 'must have 1 to 255 printable ASCII characters')
  .meta({
    description:
      'The same key with the same text gives the same answer again, finished or still being written, and an answer asked for with a key is finished even when nobody listens. With another text: 409.',
  });
