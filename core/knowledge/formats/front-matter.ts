/** The two fields of a page's front matter that matter here; the rest is for the site's generator. */
export interface FrontMatter {
  title?: string;
  url?: string;
}

const YAML = /^---[ \t]*\n([\s\S]*?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)/;
const TOML = /^\+\+\+[ \t]*\n([\s\S]*?)\n\+\+\+[ \t]*(?:\n|$)/;
const FIELD = /^(title|url|canonical_url|canonicalUrl)[ \t]*[:=][ \t]*(.+)$/;

/** Separates front matter from the page. Only plain one-line fields are read, so no YAML or TOML parser is needed. */
export function readFrontMatter(text: string): { fields: FrontMatter; body: string } {
  const match = YAML.exec(text) ?? TOML.exec(text);
  if (!match) return { fields: {}, body: text };
  const fields: FrontMatter = {};
  for (const line of (match[1] ?? '').split('\n')) {
    const field = FIELD.exec(line);
    const value = unquote(field?.[2] ?? '');
    if (!field || !value) continue;
    if (field[1] === 'title') fields.title = value;
    else if (/^https?:\/\//.test(value)) fields.url = value;
  }
  return { fields, body: text.slice(match[0].length) };
}

function unquote(value: string): string {
  const trimmed = value.trim();
  const quoted = /^(["'])(.*)\1$/.exec(trimmed);
  return (quoted?.[2] ?? trimmed).trim();
}
