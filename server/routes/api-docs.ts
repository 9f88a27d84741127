import { createRequire } from 'node:module';
import path from 'node:path';
import type { RequestHandler } from 'express';
import { serveFile } from '../static-files.ts';

const whenMissing = 'The API browser is not installed. Run: npm ci';

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Parley API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<main id="api"></main>
<script src="/docs/swagger-ui.js"></script>
<script src="/docs/start.js"></script>
</html>
`;

// A file of its own, because our pages may run no inline script.
const START_SCRIPT = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true, validatorUrl: null });
`;

/**
 * The pages under `/docs`, and the description they show; nothing of it is loaded from elsewhere.
 * @param describe asked once, by the first who wants to see it
 */
export function createApiDocs(
  describe: () => object,
): Record<'page' | 'start' | 'script' | 'styles' | 'description', RequestHandler> {
  const swaggerDir = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  let description: string | null = null;
  return {
    page: (_req, res) => void res.type('html').send(PAGE),
    start: (_req, res) => void res.type('js').send(START_SCRIPT),
    script: serveFile(path.join(swaggerDir, 'swagger-ui-bundle.js'), {
      contentType: 'text/javascript; charset=utf-8',
      whenMissing,
    }),
    styles: serveFile(path.join(swaggerDir, 'swagger-ui.css'), { contentType: 'text/css; charset=utf-8', whenMissing }),
    description: (_req, res) => {
      description ??= JSON.stringify(describe());
      res.set('access-control-allow-origin', '*').type('json').send(description);
    },
  };
}
