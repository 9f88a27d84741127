import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Makes dist/widget-more.js, a module that widget.js loads when the chat is first looked at. */
export default defineConfig({
  root: here('.'),
  publicDir: false,
  build: {
    outDir: here('../dist'),
    // The widget is there already.
    emptyOutDir: false,
    target: 'es2022',
    minify: true,
    lib: { entry: here('src/more.ts'), formats: ['es'], fileName: () => 'widget-more.js' },
  },
});
