import { fileURLToPath } from 'node:url';
import { build, type Rolldown } from 'vite';

let built: Promise<string> | null = null;

/** The widget as `npm run build` makes it, built from the sources as they are now, and nothing written. */
export function buildWidget(): Promise<string> {
  built ??= buildInMemory();
  return built;
}

async function buildInMemory(): Promise<string> {
  const configFile = fileURLToPath(new URL('../../widget/vite.config.ts', import.meta.url));
  const outputs = (await build({ configFile, logLevel: 'warn', build: { write: false } })) as Rolldown.RolldownOutput[];
  const chunk = outputs[0]?.output[0];
  if (chunk?.fileName !== 'widget.js') throw new Error('The widget is no longer one file called widget.js.');
  return chunk.code;
}
