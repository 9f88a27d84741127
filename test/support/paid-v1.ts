import { randomUUID } from 'node:crypto';
import OpenAI from 'openai';
import { createTestV1, type TestV1Options } from './test-v1.ts';

export type TestV1 = Awaited<ReturnType<typeof createTestV1>>;

/** An answer costs 18 micros: 11 tokens in and 7 out, for a dollar per million. */
export const ANSWER_MICROS = 18;
export const hi = { model: 'fake', messages: [{ role: 'user' as const, content: 'Hi' }], max_tokens: 10 };

/** `/v1` where people pay, and somebody who has so much. */
export async function createPaid(balanceMicros: number, options: TestV1Options = {}) {
  const t = await createTestV1({ billing: {}, ...options });
  if (balanceMicros > 0) await credit(t, balanceMicros);
  return t;
}

export function credit({ app, userId }: TestV1, amountMicros: number) {
  return app.wallets.credit({ userId, amountMicros, kind: 'credit', from: 'operator', key: randomUUID() });
}

export const clientOf = ({ baseUrl, key }: TestV1, apiKey = key) =>
  new OpenAI({ baseURL: baseUrl, apiKey, maxRetries: 0 });
export const balanceOf = async ({ app, userId }: TestV1) => {
  const { balanceMicros, heldMicros } = await app.wallets.open(userId);
  return { balanceMicros, heldMicros };
};
/** Reads the answer to its end: then it is settled. */
export async function statusOf(asking: Promise<Response>): Promise<number> {
  const response = await asking;
  await response.text();
  return response.status;
}
/** A key that may spend so much a month. */
export const capped = async (t: TestV1, monthlyCapMicros: number, name = 'capped') =>
  (await t.app.apiKeys.create({ userId: t.userId, name, monthlyCapMicros })).key;
