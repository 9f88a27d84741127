import { cp } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Template literals pass the minifier as they are; every byte counts towards the size budget. */
const squeezeTemplates: Plugin = {
  name: 'parley-squeeze-templates',
  transform: (code, id) => (id.endsWith('.styles.ts') ? squeezeStyles(code) : squeezeMarkup(code)),
};

function squeezeStyles(code: string): string {
  return code
    .replace(/\/\*.*?\*\//gs, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,>]) ?/g, '$1')
    .replace(/: /g, ':')
    .replace(/;}/g, '}')
    .replace(/\b0\./g, '.');
}

/**
 * Line breaks around tags and holes and before attributes, which the formatter puts there; what stands in a line stays.
 * In TypeScript no line starts like that.
 */
function squeezeMarkup(code: string): string {
  return code.replace(/\s*\n\s*(?=[@.]?[\w-]+=["$])/g, ' ').replace(/\s*\n\s*(?=<|\$\{|>)/g, '');
}

/** Lit's messages for developers, and its doors for browsers older than any that the widget runs in. */
const squeezeLit: Plugin = {
  name: 'parley-squeeze-lit',
  transform(code, id) {
    if (!/node_modules\/(lit|@lit|lit-)/.test(id)) return null;
    return code
      .replace(/Error\((["`'])[^)]*?\1(\s*\+[^)]*)?\)/g, 'Error()')
      .replace(/\w+\.ShadowRoot&&.*?CSSStyleSheet\.prototype/, 'true')
      .replace(/\w+\.(litElementHydrateSupport|(litElement|litHtml|reactiveElement)PolyfillSupport)/g, 'undefined');
  },
};

const copyPages: Plugin = {
  name: 'parley-copy-pages',
  writeBundle: () => cp(here('pages'), here('../dist/pages'), { recursive: true }),
};

/**
 * Names of ours that nothing outside the script sees, shortened for the size budget. Not in here: what is stored,
 * sent, or part of the element's interface.
 */
const INNER_NAMES =
  /^(on[A-Z]\w+|is[A-Z]\w+|blockedUntil|secondsLeft|has(Searched|Resumed)|sourceNumbers|citationLabel|retryAfterSeconds|(list|create|close|open|delete)(Sessions?|Messages?)|dismissNotice|setDraft|startNew|idleTimeoutMs|visitors|kind|heard|words|draft|actions|authorize|identify)$/;

/** Names that browsers know, and those of the element's properties, which Lit knows as strings too. */
const OUTER_NAMES = /^(onLine|isComposing|isConnected|isArray|isOpen|isAtEnd)$/;

/** Makes dist/widget.js, one classic script for any page, and dist/pages, what the server shows at `/`. */
export default defineConfig({
  root: here('.'),
  publicDir: false,
  // Without regard to NODE_ENV: Lit's development build is twice the size and writes to the console.
  resolve: { conditions: ['production', 'browser', 'module', 'import', 'default'] },
  plugins: [squeezeTemplates, squeezeLit, copyPages],
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
