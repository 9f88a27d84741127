import { fileURLToPath } from 'node:url';
import { build, type Rolldown } from 'vite';

const built = new Map<string, Promise<string>>();

/** The widget as `npm run build` makes it, built from the sources as they are now, and nothing written. */
export function buildWidget(): Promise<string> {
  return buildOnce('vite.config.ts', 'widget.js');
}

/** What it loads when it is first looked at. */
export function buildWidgetMore(): Promise<string> {
  return buildOnce('more.vite.config.ts', 'widget-more.js');
}

function buildOnce(config: string, fileName: string): Promise<string> {
  const known = built.get(fileName) ?? buildInMemory(config, fileName);
  built.set(fileName, known);
  return known;
}

async function buildInMemory(config: string, fileName: string): Promise<string> {
  const configFile = fileURLToPath(new URL(`../../widget/${config}`, import.meta.url));
  const outputs = (await build({ configFile, logLevel: 'warn', build: { write: false } })) as Rolldown.RolldownOutput[];
  const chunk = outputs[0]?.output[0];
  if (chunk?.fileName !== fileName || outputs[0]?.output.length !== 1)
    throw new Error(`The widget is no longer one file called ${fileName}.`);
  return chunk.code;
}
