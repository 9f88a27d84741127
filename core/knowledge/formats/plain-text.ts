import type { DocumentBlock, ParsedDocument } from '../document-block.ts';

/** Reads text that is nothing but text: paragraphs end at empty lines, and no character means anything else. */
export function parsePlainText(text: string): ParsedDocument {
  const paragraphs = text.replaceAll(/\r\n?/g, '\n').split(/\n[ \t]*\n/);
  const blocks: DocumentBlock[] = paragraphs
    .map((paragraph) => paragraph.replace(/^\n+/, '').trimEnd())
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph) => ({ type: 'prose', text: paragraph }));
  return { title: null, url: null, blocks };
}
