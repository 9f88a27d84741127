import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { squeezeLit, squeezeTemplates } from './squeeze.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Makes dist/pages.js, what our own pages add to the server's HTML, and copies their stylesheet beside it. */
export default defineConfig({
  root: here('.'),
  publicDir: here('public'),
  resolve: { conditions: ['production', 'browser', 'module', 'import', 'default'] },
  plugins: [squeezeTemplates, squeezeLit],
  build: {
    outDir: here('../dist'),
    // The widget is there already.
    emptyOutDir: false,
    target: 'es2022',
    lib: { entry: here('src/pages.ts'), formats: ['iife'], name: 'ParleyPages', fileName: () => 'pages.js' },
  },
});
