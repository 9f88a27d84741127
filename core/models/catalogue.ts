import { readFile, stat } from 'node:fs/promises';
import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { CatalogueModel } from '../ports/catalogue-model.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { VersionedPrice } from '../ports/model-price.ts';
import { CatalogueError } from './catalogue-error.ts';
import { createCatalogueVersionsRepository } from './catalogue-versions-repository.ts';
import { priceUnknown } from './price-unknown.ts';

/** The models as they stood in the file at one time. */
export interface CatalogueVersion {
  version: string;
  models: readonly CatalogueModel[];
}

export interface CatalogueOptions {
  /** Path of the table. */
  file: string;
  db: Knex;
  clock: Clock;
  logger: Logger;
}

export type Catalogue = ReturnType<typeof createCatalogue>;

/** How long the file is believed to be as it was. */
const BELIEVED_MS = 1000;
const LARGEST_FILE = 1_000_000;

/**
 * The models that answers can be written by, from a table that the operator may change at any time. It is read when it
 * is first needed and again when it has changed; a new version that is wrong is logged, and the one before it stays.
 */
export function createCatalogue({ file, db, clock, logger: parent }: CatalogueOptions) {
  const logger = parent.child({ part: 'models' });
  const versions = createCatalogueVersionsRepository(db);
  let current: CatalogueVersion | null = null;
  /** Of the file that `current` was read from. */
  let lastStamp: string | null = null;
  let lastTrouble: string | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<CatalogueVersion> | null = null;

  /** @throws AppError `models_file_unusable` while no version of the file could be used yet */
  async function read(): Promise<CatalogueVersion> {
    const age = clock.now().getTime() - lookedAt;
    if (current && age >= 0 && age < BELIEVED_MS) return current;
    looking ??= look().finally(() => {
      looking = null;
    });
    return looking;
  }

  async function look(): Promise<CatalogueVersion> {
    try {
      const { mtimeMs, size, ino } = await stat(file);
      const stamp = `${mtimeMs} ${size} ${ino}`;
      if (!current || stamp !== lastStamp) current = await load(size);
      lastStamp = stamp;
      lastTrouble = null;
    } catch (cause) {
      if (!current) throw toAppError(cause);
      report(cause);
    }
    lookedAt = clock.now().getTime();
    return current;
  }

  /** Once, not every second, until something else is wrong. */
  function report(cause: unknown): void {
    const problems = cause instanceof CatalogueError ? cause.problems : undefined;
    const trouble = String(problems ?? cause);
    if (trouble === lastTrouble) return;
    lastTrouble = trouble;
    logger.error({ file, problems, err: problems ? undefined : cause }, 'the list of models is kept as it was');
  }

  async function load(size: number): Promise<CatalogueVersion> {
    if (size > LARGEST_FILE) throw new CatalogueError(['The file is larger than a megabyte.']);
    // Nothing of it is needed before the first answer.
    const { parseCatalogue } = await import('./parse-catalogue.ts');
    const models = parseCatalogue(await readFile(file, 'utf8'));
    return { version: await versions.keep(models, clock.now()), models };
  }

  function toAppError(cause: unknown): AppError {
    const what = cause instanceof CatalogueError ? cause.message : `The list of models cannot be read: ${file}`;
    return new AppError('models_file_unusable', what, { cause });
  }

  return {
    read,

    async find(id: string): Promise<CatalogueModel | null> {
      return (await read()).models.find((model) => model.id === id) ?? null;
    },

    /** @throws AppError `model_price_unknown` for a model without a price, or not in the catalogue at all */
    async priceOf(id: string): Promise<VersionedPrice> {
      const { version, models } = await read();
      return toPrice(id, version, models);
    },

    /** The price that a model had in an earlier version; throws as `priceOf` does. */
    async priceAt({ id, version }: { id: string; version: string }): Promise<VersionedPrice> {
      return toPrice(id, version, (await versions.find(version)) ?? []);
    },
  };
}

function toPrice(id: string, version: string, models: readonly CatalogueModel[]): VersionedPrice {
  const price = models.find((model) => model.id === id)?.price;
  if (price) return { ...price, version };
  throw priceUnknown(id);
}
