export type DocumentFormat = 'markdown' | 'text' | 'html' | 'pdf' | 'docx' | 'csv' | 'json' | 'jsonl';

const BY_EXTENSION: Record<string, DocumentFormat> = {
  md: 'markdown',
  markdown: 'markdown',
  mdx: 'markdown',
  txt: 'text',
  text: 'text',
  rst: 'text',
  adoc: 'text',
  org: 'text',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
  pdf: 'pdf',
  docx: 'docx',
  csv: 'csv',
  tsv: 'csv',
  json: 'json',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
};

const BY_CONTENT_TYPE: Record<string, DocumentFormat> = {
  'text/markdown': 'markdown',
  'text/x-markdown': 'markdown',
  'text/plain': 'text',
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'application/pdf': 'pdf',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'text/csv': 'csv',
  'text/tab-separated-values': 'csv',
  'application/json': 'json',
  'application/jsonl': 'jsonl',
  'application/x-ndjson': 'jsonl',
};

/** What `parley add` says it can read. */
export const READABLE_KINDS = 'Markdown, plain text, HTML, PDF, DOCX, CSV and JSON or JSONL of questions and answers';

/** By the ending of a file name or of an address's path; null for what cannot be read. */
export function formatOfName(name: string): DocumentFormat | null {
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  return BY_EXTENSION[ending] ?? null;
}

/**
 * By content type where a server gave one that says something; servers call many things plain text or a byte
 * stream, so then the name decides.
 */
export function detectFormat(name: string, contentType: string | null): DocumentFormat | null {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  const vague = type === '' || type === 'text/plain' || type === 'application/octet-stream';
  return (vague ? formatOfName(name) : null) ?? BY_CONTENT_TYPE[type] ?? null;
}

/** The charset parameter of a content type. */
export function charsetOf(contentType: string | null): string | null {
  return /;\s*charset="?([\w.:-]+)/i.exec(contentType ?? '')?.[1] ?? null;
}
