import { z } from 'zod';
import type { Page } from '../../core/db/page.ts';

const LIMIT_WORDS = 'must be a whole number from 1 to 100';

/** `?limit&cursor` of every list. */
export const pageQuery = z.object({
  limit: z.coerce
    .number(LIMIT_WORDS)
    .int(LIMIT_WORDS)
    .min(1, LIMIT_WORDS)
    .max(100, LIMIT_WORDS)
    .default(50)
    .meta({ description: 'Most items on the page.' }),
  cursor: z
    .string()
    .max(500, 'is not valid. Use the next_cursor of the page before')
    .optional()
    .meta({ description: 'next_cursor of the page before.' }),
});

export function pageShape<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next_cursor: z.string().nullable().meta({ description: 'null on the last page.' }),
  });
}

export function toPageShape<Item, Shape>(page: Page<Item>, toShape: (item: Item) => Shape) {
  return { items: page.items.map(toShape), next_cursor: page.nextCursor };
}
