import path from 'node:path';
import type { RequestHandler } from 'express';
import { serveFile } from '../static-files.ts';

const whenMissing = 'The page has not been built yet. Run: npm run build';
const css = { contentType: 'text/css; charset=utf-8', whenMissing };
const script = { contentType: 'text/javascript; charset=utf-8', whenMissing };

const foreign = {
  ...script,
  headers: { 'cross-origin-resource-policy': 'cross-origin', 'access-control-allow-origin': '*' },
};

/** What `vite build` made: what our own pages load, and the scripts other websites load. */
export function createPageFiles({
  distDir,
}: {
  distDir: string;
}): Record<'styles' | 'pages' | 'widget' | 'widgetMore', RequestHandler> {
  return {
    styles: serveFile(path.join(distDir, 'page.css'), css),
    pages: serveFile(path.join(distDir, 'pages.js'), script),
    widget: serveFile(path.join(distDir, 'widget.js'), foreign),
    widgetMore: serveFile(path.join(distDir, 'widget-more.js'), foreign),
  };
}
