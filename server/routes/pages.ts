import path from 'node:path';
import type { RequestHandler } from 'express';
import { serveFile } from '../static-files.ts';

const whenMissing = 'The page has not been built yet. Run: npm run build';
const html = { contentType: 'text/html; charset=utf-8', whenMissing };
const css = { contentType: 'text/css; charset=utf-8', whenMissing };
const script = { contentType: 'text/javascript; charset=utf-8', whenMissing };

/** What `vite build` made: our own page, and the script other websites load. */
export function createPages({ distDir }: { distDir: string }): Record<'home' | 'styles' | 'widget', RequestHandler> {
  return {
    home: serveFile(path.join(distDir, 'pages/index.html'), html),
    styles: serveFile(path.join(distDir, 'pages/page.css'), css),
    widget: serveFile(path.join(distDir, 'widget.js'), {
      ...script,
      headers: { 'cross-origin-resource-policy': 'cross-origin', 'access-control-allow-origin': '*' },
    }),
  };
}
