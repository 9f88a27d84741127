import { fc } from './fast-check.ts';

const word = fc.oneof(
  { weight: 8, arbitrary: fc.stringMatching(/^[a-z]{1,10}$/) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '👩‍🚀',
      '日本語です',
      '**bold words**',
      '`code`',
      '[a link](https://example.com/x)',
      '&',
      '<b>',
    ),
  },
  { weight: 1, arbitrary: fc.stringMatching(/^[a-z]{50,120}$/) },
);
const line = fc.array(word, { minLength: 1, maxLength: 15 }).map((words) => words.join(' '));
const paragraph = fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => lines.join('\n'));
const list = fc.array(line, { minLength: 1, maxLength: 6 }).map((items) => items.map((item) => `- ${item}`).join('\n'));
const nested = fc
  .tuple(line, fc.array(line, { minLength: 1, maxLength: 4 }))
  .map(([outer, items]) => `1. ${outer}\n${items.map((item) => `   - ${item}`).join('\n')}`);
const codeLine = fc.stringMatching(/^ {0,8}[a-z(){};= ]{0,60}$/);
const code = fc
  .tuple(fc.constantFrom('', 'ts', 'python'), fc.array(codeLine, { minLength: 1, maxLength: 15 }))
  .map(([language, lines]) => `\`\`\`${language}\n${lines.join('\n')}\n\`\`\``);
const table = fc
  .array(fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[a-z]{1,8}$/)), { minLength: 1, maxLength: 8 })
  .map((rows) => ['| one | two |', '|---|---|', ...rows.map(([a, b]) => `| ${a} | ${b} |`)].join('\n'));
const quote = paragraph.map((text) => text.replace(/^/gm, '> '));
const heading = line.map((text) => `## ${text}`);

/** Markdown as models write it. */
export const anyMarkdown = fc
  .array(fc.oneof(paragraph, paragraph, list, nested, code, table, quote, heading), { minLength: 1, maxLength: 10 })
  .map((blocks) => blocks.join('\n\n'));

/** What is left to compare: no lines that open or close code blocks, no white space. */
export function withoutFences(markdown: string): string {
  return markdown.replace(/^[ >]*```\w*$/gm, '').replace(/\s+/g, '');
}
