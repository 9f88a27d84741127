import { describe, expect, it } from 'vitest';
import { createOpenAiModel } from '../../../core/adapters/openai-model.ts';
import { createOperatorModelChoice } from '../../../core/models/operator-model.ts';
import { requireOwnKey } from '../../../core/provider-keys/require-own-key.ts';
import { startFakeModelServer } from '../../support/fake-model-server.ts';
import { modelLimits } from '../../support/model-limits.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createTestApp } from '../../support/test-app.ts';
import { accountUrl } from '../../support/test-own-keys.ts';
import { never, readAnswer } from '../../support/test-turns.ts';

/** An operator who has set the address of a server, and no key for it. */
async function createTest() {
  const server = await startFakeModelServer();
  const model = createOpenAiModel({
    ...modelLimits,
    baseUrl: server.url,
    apiKey: undefined,
    model: 'fake',
    maxRetries: 0,
    logger: createSilentLogger(),
  });
  const chooseModel = requireOwnKey(createOperatorModelChoice({ model }), { accountUrl });
  const t = await createTestApp({ more: { chooseModel } });
  const ada = await t.app.users.createVisitor();
  const session = await t.app.sessions.create({ userId: ada.id, platform: 'web', space: null });
  const ids = { userId: ada.id, sessionId: session.id };
  const place = { space: null, isPrivate: true };
  return {
    server,
    ask: () =>
      readAnswer(t.app.turns.run({ platform: 'web', eventId: null, text: 'Hello?', place, ...ids }, { signal: never })),
    async [Symbol.asyncDispose]() {
      await t[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe('somebody without an own key, where the operator has none either', () => {
  it('is told to save one where the server wants one', async () => {
    await using t = await createTest();
    t.server.acceptOnly('sk-somebody');

    await expect(t.ask()).rejects.toMatchObject({
      code: 'provider_key_required',
      message: `To be answered here you need a model key of your own. Save one at ${accountUrl} and ask again.`,
    });
  });

  it('is answered where the server wants none', async () => {
    await using t = await createTest();

    expect(await t.ask()).toBe('You said: Hello?');
  });

  it('hears of other trouble as it is', async () => {
    await using t = await createTest();
    t.server.next({ status: 500 });

    await expect(t.ask()).rejects.toMatchObject({ code: 'model_unavailable' });
  });
});
