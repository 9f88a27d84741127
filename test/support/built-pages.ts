import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** A folder with all that `npm run build` makes, built from the sources as they are now; removed when disposed. */
export async function buildPages(): Promise<{ distDir: string } & AsyncDisposable> {
  const distDir = await mkdtemp(path.join(tmpdir(), 'parley-dist-'));
  for (const config of ['vite.config.ts', 'more.vite.config.ts', 'pages.vite.config.ts']) {
    const configFile = fileURLToPath(new URL(`../../widget/${config}`, import.meta.url));
    await build({ configFile, logLevel: 'warn', build: { outDir: distDir, emptyOutDir: false } });
  }
  return { distDir, [Symbol.asyncDispose]: () => rm(distDir, { recursive: true, force: true }) };
}
