import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createModels } from '../../composition/create-models.ts';
import { parseConfig } from '../../config.ts';
import { createSilentLogger } from './silent-logger.ts';
import { createTestApp } from './test-app.ts';
import { createTestDatabase } from './test-database.ts';
import { systemClock } from './test-turns.ts';

const COLUMNS =
  'id,upstream_name,base_url_setting,input_price_per_million,output_price_per_million,context_window,max_output,sees_images,quality';

interface TestRoutingOptions {
  rows: string[];
  env: Record<string, string>;
  /** Whether the table is of the operator's making; otherwise it is the one that comes with Parley. */
  isOwnTable?: boolean;
}

/** The real core with the operator's models as the settings and this table of models have them. */
export async function createTestRouting({ rows, env, isOwnTable = true }: TestRoutingOptions) {
  const database = await createTestDatabase();
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-routing-'));
  const file = path.join(folder, 'models.csv');
  await writeFile(file, [COLUMNS, ...rows].join('\n'));
  const logger = createSilentLogger();
  const models = await createModels(parseConfig({ OPENAI_API_KEY: 'sk-operator', MODELS_FILE: file, ...env }), {
    db: database.db,
    clock: systemClock,
    logger,
    programFolder: isOwnTable ? path.join(folder, 'program') : folder,
  });
  const t = await createTestApp({
    database,
    model: models.model,
    retrieval: { retrieve: async () => ({ outcome: 'not_in_documents', passages: [], confidence: 0 }) },
    more: { chooseModel: models.chooseModel },
  });
  return {
    ...t,
    models,
    logger,
    async [Symbol.asyncDispose]() {
      await t.stop();
      await rm(folder, { recursive: true });
      await database[Symbol.asyncDispose]();
    },
  };
}
