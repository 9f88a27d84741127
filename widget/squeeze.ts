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
