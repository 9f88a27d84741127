import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { migrate, openDatabase } from '../../core/db/database.ts';
import { startEmbeddedPostgres } from '../../core/db/embedded-postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}

/** One real PostgreSQL per run; each test file clones the migrated template (see test-database.ts). */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'parley-test-'));
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false });

  const admin = openDatabase(postgres.url);
  await admin.raw('create database template_app');
  await admin.destroy();
  const template = openDatabase(postgres.url.replace(/\/postgres$/, '/template_app'));
  await migrate(template);
  await template.destroy();

  project.provide('postgresUrl', postgres.url);
  return async () => {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
