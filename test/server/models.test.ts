import { expect, it } from 'vitest';
import { createCatalogueModel } from '../support/catalogue-models.ts';
import { createTestHttpServer } from '../support/test-http-server.ts';

const PATH = '/api/users/me/settings';
const models = [
  createCatalogueModel({ id: 'small', dollars: 0.1 }),
  createCatalogueModel({ id: 'unpriced', price: null, seesImages: false }),
];

type Requested = Parameters<Awaited<ReturnType<typeof createTestHttpServer>>['request']>;

async function createTest() {
  const t = await createTestHttpServer({ models });
  return {
    ...t,
    async ask(...requested: Requested) {
      const response = await t.request(...requested);
      return { status: response.status, body: await response.json() };
    },
  };
}

it('lists the language models with what they cost', async () => {
  await using t = await createTest();
  const { token } = await t.createVisitor();

  expect(await t.ask('GET', '/api/models', { token })).toMatchObject({
    status: 200,
    body: {
      items: [
        {
          id: 'small',
          input_price_per_million: 0.1,
          output_price_per_million: 0.5,
          cached_input_price_per_million: 0.01,
        },
        { id: 'unpriced', input_price_per_million: null, sees_images: false },
      ],
    },
  });
  expect(await t.ask('GET', '/api/models', {})).toMatchObject({ status: 401 });
});

it('lets a person choose a model, and choose none again, for nobody but themselves', async () => {
  await using t = await createTest();
  const { token } = await t.createVisitor();
  const other = await t.createVisitor();

  expect(await t.ask('GET', PATH, { token })).toMatchObject({ status: 200, body: { model: null } });
  expect(await t.ask('PATCH', PATH, { token, body: { model: 'small' } })).toMatchObject({
    status: 200,
    body: { model: 'small' },
  });
  expect(await t.ask('GET', PATH, { token: other.token })).toMatchObject({ body: { model: null } });
  await t.ask('PATCH', PATH, { token, body: { model: 'auto' } });
  expect(await t.ask('GET', PATH, { token })).toMatchObject({ body: { model: 'auto' } });
  expect(await t.ask('PATCH', PATH, { token, body: { model: null } })).toMatchObject({ body: { model: null } });
});

it.each([
  ['a name that is in no table', { model: 'gpt-9' }, 'model_unknown', 'Choose one of these: auto, small, unpriced.'],
  ['no name', { model: '' }, 'invalid_request', 'model must not be empty'],
  ['something else', { modell: 'small' }, 'invalid_request', 'model'],
])('refuses %s in words', async (_what, body, code, words) => {
  await using t = await createTest();
  const { token } = await t.createVisitor();

  expect(await t.ask('PATCH', PATH, { token, body })).toMatchObject({
    status: 400,
    body: { error: { code, message: expect.stringContaining(words) } },
  });
});
