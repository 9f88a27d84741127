import { describe, expect, it } from 'vitest';
import { AppError } from '../../../core/errors.ts';
import { balanceOf, capped, clientOf, createPaid, hi, type TestV1 } from '../../support/paid-v1.ts';

describe('what embeddings cost', () => {
  /** A vector per text for two dollars per million tokens, by somebody else's model; it writes nothing. */
  const elsewhere = {
    embeddingsCostNothing: false,
    rows: ['fake,fake,OPENAI_BASE_URL,1,1,32000,1000,yes,50', 'hashing,hashing,EMBEDDING_BASE_URL,2,0,8192,0,no,0'],
    env: { EMBEDDING_BASE_URL: 'http://127.0.0.1:9/v1', EMBEDDING_MODEL: 'hashing' },
  };
  const embedTwoTokens = (t: TestV1, apiKey?: string) =>
    clientOf(t, apiKey).embeddings.create({ model: 'hashing', input: 'hello world' });
  const RECORD = ['model', 'payer', 'input_tokens', 'output_tokens', 'cost_micros', 'api_key_id'];

  it('is paid by the owner of the key at the price in the table', async () => {
    await using t = await createPaid(1_000_000, elsewhere);

    await embedTwoTokens(t);

    expect(await balanceOf(t)).toEqual({ balanceMicros: 1_000_000 - 4, heldMicros: 0 });
    expect(await t.db('usage_records').select(RECORD)).toEqual([
      { model: 'hashing', payer: 'wallet', input_tokens: 2, output_tokens: 0, cost_micros: 4, api_key_id: t.apiKey.id },
    ]);
  });

  it('is nothing, and on record, where the model runs here', async () => {
    await using t = await createPaid(0);

    await embedTwoTokens(t);

    expect(await t.db('usage_records').select('model', 'payer', 'cost_micros')).toEqual([
      { model: 'hashing', payer: 'operator', cost_micros: 0 },
    ]);
  });

  it('is said to be too much before anything is embedded', async () => {
    await using t = await createPaid(0, elsewhere);

    await expect(embedTwoTokens(t)).rejects.toMatchObject({ status: 402, code: 'insufficient_quota' });

    expect(t.embedder.embedded).toEqual([]);
  });

  it('stays within the cap of the key', async () => {
    await using t = await createPaid(1_000_000, elsewhere);
    const key = await capped(t, 6);

    await embedTwoTokens(t, key);

    await expect(embedTwoTokens(t, key)).rejects.toMatchObject({ status: 402 });
    expect((await balanceOf(t)).balanceMicros).toBe(1_000_000 - 4);
  });

  it('is refused where nobody knows the price', async () => {
    await using t = await createPaid(1_000_000, { embeddingsCostNothing: false });

    await expect(embedTwoTokens(t)).rejects.toMatchObject({ message: expect.stringMatching(/price/) });

    expect(await balanceOf(t)).toEqual({ balanceMicros: 1_000_000, heldMicros: 0 });
  });

  it('is nothing when the embedding server fails', async () => {
    await using t = await createPaid(1_000_000, elsewhere);
    t.embedder.embed = async () => {
      throw new AppError('embedding_unavailable', 'The embedding model does not answer.');
    };

    await expect(embedTwoTokens(t)).rejects.toMatchObject({ status: 503 });

    expect(await balanceOf(t)).toEqual({ balanceMicros: 1_000_000, heldMicros: 0 });
    expect(await t.db('usage_records')).toEqual([]);
  });

  it('belongs to a model that answers no question', async () => {
    await using t = await createPaid(1_000_000, elsewhere);

    await expect(clientOf(t).chat.completions.create({ ...hi, model: 'hashing' })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });
});
