import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCatalogue } from '../../../core/models/catalogue.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createTestClock } from '../../support/test-clock.ts';
import { createTestDatabase } from '../../support/test-database.ts';

const header = 'id,context_window,max_output,quality,input_price_per_million,output_price_per_million';

async function createTestCatalogue(rows: string | null) {
  const database = await createTestDatabase();
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-models-'));
  const file = path.join(folder, 'models.csv');
  const write = async (content: string) => {
    // As editors and deployments do it, so that no half of a file is ever seen.
    await writeFile(`${file}.new`, `${header}\n${content}\n`);
    await rename(`${file}.new`, file);
  };
  if (rows !== null) await write(rows);
  const clock = createTestClock();
  const logger = createSilentLogger();
  const open = () => createCatalogue({ file, db: database.db, clock, logger });
  return {
    catalogue: open(),
    open,
    db: database.db,
    clock,
    logger,
    file,
    write,
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true });
      await database[Symbol.asyncDispose]();
    },
  };
}

const ids = async ({ catalogue }: Awaited<ReturnType<typeof createTestCatalogue>>) =>
  (await catalogue.read()).models.map(({ id }) => id);

describe('the catalogue of models', () => {
  it('is read when it is first needed', async () => {
    await using t = await createTestCatalogue(null);

    await t.write('late,8000,800,50,1,2');

    expect(await ids(t)).toEqual(['late']);
  });

  it('says what is wrong with the file while there is none to use', async () => {
    await using t = await createTestCatalogue('bad,8000,800,500,1,2');

    await expect(t.catalogue.read()).rejects.toMatchObject({
      code: 'models_file_unusable',
      message: expect.stringContaining('Row 2, column quality: must be a whole number from 0 to 100.'),
    });
    await rm(t.file);
    await expect(t.catalogue.read()).rejects.toMatchObject({
      code: 'models_file_unusable',
      message: expect.stringContaining(t.file),
    });
    await t.write('good,8000,800,50,1,2');
    expect(await ids(t)).toEqual(['good']);
  });

  it('is read again when the file has changed, and looks no more often than once a second', async () => {
    await using t = await createTestCatalogue('one,8000,800,50,1,2');
    await t.catalogue.read();
    await t.write('one,8000,800,50,1,2\ntwo,8000,800,50,1,2');

    t.clock.advance(900);
    expect(await ids(t)).toEqual(['one']);
    t.clock.advance(200);
    expect(await ids(t)).toEqual(['one', 'two']);
  });

  it('keeps the last good version when a new one is wrong or gone, and says so once', async () => {
    await using t = await createTestCatalogue('one,8000,800,50,1,2');
    await t.catalogue.read();

    await t.write('one,8000,800,50,free,2');
    for (let second = 0; second < 3; second += 1) {
      t.clock.advance(1100);
      expect(await ids(t)).toEqual(['one']);
    }
    expect(t.logger.lines).toEqual([
      expect.objectContaining({
        level: 'error',
        fields: expect.objectContaining({ problems: [expect.stringContaining('Row 2, column input_price')] }),
      }),
    ]);

    await t.write('three,8000,800,50,1,2');
    t.clock.advance(1100);
    expect(await ids(t)).toEqual(['three']);
    await rm(t.file);
    for (let second = 0; second < 3; second += 1) {
      t.clock.advance(1100);
      expect(await ids(t)).toEqual(['three']);
    }
    expect(t.logger.lines).toHaveLength(2);
  });

  it('reads once for everybody who asks at the same time', async () => {
    await using t = await createTestCatalogue('one,8000,800,50,1,2');

    const versions = await Promise.all(Array.from({ length: 20 }, () => t.catalogue.read()));

    expect(new Set(versions).size).toBe(1);
  });
});

describe('versions of prices', () => {
  it('are kept each once, so that a charge of then can be explained now', async () => {
    await using t = await createTestCatalogue('one,8000,800,50,1,2');
    const before = await t.catalogue.priceOf('one');
    await t.write('one,8000,800,50,3,4');
    t.clock.advance(1100);

    const after = await t.catalogue.priceOf('one');

    expect(after).toMatchObject({ inputMicrosPerMillion: 3_000_000, outputMicrosPerMillion: 4_000_000 });
    expect(after.version).not.toBe(before.version);
    expect(await t.catalogue.priceAt({ id: 'one', version: before.version })).toEqual(before);
    await t.write('one,8000,800,50,1,2');
    t.clock.advance(1100);
    expect(await t.catalogue.priceOf('one')).toEqual(before);
    expect(await t.db('model_catalogue_versions').select('version')).toHaveLength(2);
  });

  it('have the same name in every process', async () => {
    await using t = await createTestCatalogue('one,8000,800,50,1,2');

    const [here, there] = await Promise.all([t.catalogue.read(), t.open().read()]);

    expect(here.version).toBe(there.version);
    expect(await t.db('model_catalogue_versions')).toHaveLength(1);
  });

  it('are refused, not guessed, where there is no price', async () => {
    await using t = await createTestCatalogue('priced,8000,800,50,1,2\nunpriced,8000,800,50,,');
    const { version } = await t.catalogue.priceOf('priced');

    await expect(t.catalogue.priceOf('unpriced')).rejects.toMatchObject({ code: 'model_price_unknown' });
    await expect(t.catalogue.priceOf('nobody')).rejects.toMatchObject({ code: 'model_price_unknown' });
    await expect(t.catalogue.priceAt({ id: 'nobody', version })).rejects.toMatchObject({ code: 'model_price_unknown' });
    await expect(t.catalogue.priceAt({ id: 'priced', version: 'x' })).rejects.toMatchObject({
      code: 'model_price_unknown',
    });
  });
});
