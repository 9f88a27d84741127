import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

/** Template literals pass the minifier as they are; every byte counts towards the size budget. */
export const squeezeTemplates: Plugin = {
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
export const squeezeLit: Plugin = {
  name: 'parley-squeeze-lit',
  transform(code, id) {
    if (!/node_modules\/(lit|@lit|lit-)/.test(id)) return null;
    return code
      .replace(/Error\((["`'])[^)]*?\1(\s*\+[^)]*)?\)/g, 'Error()')
      .replace(/\w+\.ShadowRoot&&.*?CSSStyleSheet\.prototype/, 'true')
      .replace(/\w+\.(litElementHydrateSupport|(litElement|litHtml|reactiveElement)PolyfillSupport)/g, 'undefined');
  },
};

const TEMPLATE_BUILDER = fileURLToPath(new URL('src/fill-template.ts', import.meta.url));

/** Lit without a Trusted Types policy, whose making is an error where it is not allowed, and without need of one. */
export const avoidHtml: Plugin = {
  name: 'parley-avoid-html',
  transform(code, id) {
    if (!id.endsWith('lit-html/lit-html.js')) return null;
    const own = code.replace('s.innerHTML=t', 'fillTemplate(s,t)').replace(/\b\w+\.trustedTypes\b/, 'undefined');
    if (!own.includes('fillTemplate') || own.includes('trustedTypes')) throw new Error('This Lit is another one.');
    return `import { fillTemplate } from ${JSON.stringify(TEMPLATE_BUILDER)};\n${own}`;
  },
};
