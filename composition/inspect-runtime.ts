import type { Knex } from 'knex';
import type { CheckResult } from '../cli/command-line.ts';
import { findUnsafe, type RuntimeVersion } from './runtime-safety.ts';

/** What this process runs on and asks. */
export async function readRuntimeVersions(db: Knex): Promise<RuntimeVersion[]> {
  const { rows } = await db.raw('show server_version');
  return [
    { runtime: 'node', version: process.versions.node },
    { runtime: 'postgresql', version: rows[0].server_version },
  ];
}

/** For `parley doctor`. */
export async function inspectRuntime(db: Knex): Promise<CheckResult> {
  const versions = await readRuntimeVersions(db);
  const unsafe = findUnsafe(versions);
  const [node, postgresql] = versions.map(({ version }) => version);
  if (unsafe.length === 0) {
    return { state: 'ok', detail: `Node.js ${node} and PostgreSQL ${postgresql}, without known faults.` };
  }
  return {
    state: 'warning',
    detail: unsafe.map(({ words }) => words).join(' '),
    fix: 'docs/operating.md says how to update them.',
  };
}
