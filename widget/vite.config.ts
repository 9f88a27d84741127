import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { avoidHtml, squeezeLit, squeezeTemplates } from './squeeze.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Names of ours that nothing outside the script sees, shortened for the size budget. Not in here: what is stored,
 * sent, or part of the element's interface.
 */
const INNER_NAMES =
  /^(on[A-Z]\w+|is[A-Z]\w+|blockedUntil|secondsLeft|has(Searched|Resumed)|retryAfterSeconds|(list|create|close|open|delete)(Sessions?|Messages?)|dismissNotice|setDraft|startNew|idleTimeoutMs|visitors|kind|heard|words|draft|actions|authorize|identify)$/;

/** Names that browsers and the second script know, and those of the element's properties, which are known as strings too. */
const OUTER_NAMES = /^(onLine|isComposing|isConnected|isArray|isOpen|isAtEnd|isFinished)$/;

/** Makes dist/widget.js, one classic script for any page. */
export default defineConfig({
  root: here('.'),
  publicDir: false,
  // Without regard to NODE_ENV: Lit's development build is twice the size and writes to the console.
  resolve: { conditions: ['production', 'browser', 'module', 'import', 'default'] },
  plugins: [squeezeTemplates, avoidHtml, squeezeLit],
  build: {
    outDir: here('../dist'),
    emptyOutDir: true,
    target: 'es2022',
    rolldownOptions: {
      output: {
        minify: {
          compress: { dropConsole: true },
          mangle: true,
          codegen: true,
          mangleProps: { include: INNER_NAMES, exclude: OUTER_NAMES },
        },
      },
    },
    lib: { entry: here('src/widget.ts'), formats: ['iife'], name: 'Parley', fileName: () => 'widget.js' },
  },
});
