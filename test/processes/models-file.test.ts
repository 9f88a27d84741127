import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { startFakeModelServer } from '../support/fake-model-server.ts';
import {
  createTemporaryFolder,
  createVisitorSession,
  postJson,
  startParleyProcess,
} from '../support/parley-process.ts';
import { createTestDatabase } from '../support/test-database.ts';

const COLUMNS = 'id,context_window,max_output,quality,input_price_per_million,output_price_per_million';

it('answers by the table of models as it stands, also after it was changed or spoilt while running', async () => {
  await using database = await createTestDatabase();
  await using temporary = await createTemporaryFolder();
  await using model = await startFakeModelServer();
  const file = path.join(temporary.folder, 'models.csv');
  const write = async (...rows: string[]) => {
    await writeFile(`${file}.new`, [COLUMNS, ...rows].join('\n'));
    await rename(`${file}.new`, file);
  };
  await write('first,32000,1000,60,1,2', 'better,32000,1000,90,10,20');
  await using parley = await startParleyProcess({
    dataDir: temporary.folder,
    env: {
      DATABASE_URL: database.url,
      JWT_SECRET: 'a secret for tests that is long enough',
      ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
      OPENAI_BASE_URL: model.url,
      OPENAI_API_KEY: 'sk-operator',
      RATE_LIMIT_VISITOR: '1000',
    },
  });
  const { token, sessionId } = await createVisitorSession(parley.url);
  const ask = async (text: string) => {
    const url = `${parley.url}/api/sessions/${sessionId}/messages`;
    const { ai_response } = await postJson(url, { text }, { authorization: `Bearer ${token}` });
    return (ai_response as { model: string }).model;
  };

  expect(await ask('What is the capital of Australia?')).toBe('first');
  expect(await ask('Prove by induction that every tournament graph has a Hamiltonian path.')).toBe('better');
  await write('second,32000,1000,60,1,2');
  await expect.poll(() => ask('What is the capital of Austria?'), { interval: 300 }).toBe('second');
  await write('third,32000,1000,sixty,1,2');
  await expect
    .poll(async () => `${await ask('And of Chile?')}: ${parley.output()}`, { interval: 300 })
    .toMatch(/^second: .*Row 2, column quality/s);
});
