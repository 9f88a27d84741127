import { z } from 'zod';
import { findAddressProblem } from './core/db/database-address.ts';

export const integer = (from: number, to: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${from} to ${to}`)
    .transform(Number)
    .refine((value) => value >= from && value <= to, `must be a whole number from ${from} to ${to}`);

/** Without a slash at its end, so that paths can be put after it. */
export const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an address that starts with http:// or https://' })
  .transform((url) => url.replace(/\/+$/, ''));

/** Of a host name of its own: cookies, callbacks and the widget all stand at the root of it. */
export const publicUrl = httpUrl
  .refine(
    (url) => new URL(url).href === `${new URL(url).origin}/`,
    'must have nothing after the host and port: give Parley a host name of its own, such as https://ask.example.com',
  )
  .transform((url) => new URL(url).origin);

/** One address, or several separated by commas; kept as one text. */
export const httpUrls = z.string().transform((text, context) => {
  const urls = text.split(',').map((url) => httpUrl.safeParse(url.trim()));
  if (urls.some((url) => !url.success)) {
    const message = 'must be an address that starts with http:// or https://, or several separated by commas';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }
  return urls.flatMap((url) => url.data ?? []).join(',');
});

export const databaseUrl = z.string().superRefine((text, context) => {
  const problem = findAddressProblem(text);
  if (problem) context.addIssue({ code: 'custom', message: problem });
});

/** Separated by commas. */
export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);

/** Of websites, or * for all of them. */
export const origins = list
  .transform((texts) => texts.map((text) => text.replace(/\/$/, '')))
  .refine(
    (texts) => texts.every((text) => text === '*' || isOrigin(text)),
    'must be origins such as https://example.com, without a path, or *',
  );

export const onOff = z.enum(['on', 'off'], { error: 'must be on or off' });

/** Stripe charges 50 cents at least. */
export const rechargeAmounts = list
  .refine(
    (amounts) => amounts.length > 0 && amounts.every((amount) => /^\d{2,6}$/.test(amount) && Number(amount) >= 50),
    'must be whole cents from 50 to 999999, separated by commas, such as 500,1000,2000',
  )
  .transform((amounts) => amounts.map(Number));

export const encryptionKeys = list.refine(
  (keys) => keys.length > 0 && keys.every((key) => Buffer.from(key, 'base64').length === 32),
  'must be one or more 32-byte keys in base64, separated by commas (make one with: openssl rand -base64 32)',
);

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}
