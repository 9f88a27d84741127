import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { readDocument, textsOf } from '../../../support/read-document.ts';

/** Pages as the generators wrote them, without their scripts and styles. */
const read = async (name: string) => {
  const bytes = await readFile(new URL(`../../../fixtures/pages/${name}.html`, import.meta.url));
  return textsOf(await readDocument('page.html', bytes, { url: 'https://docs.example/page' }));
};

const COMMANDS = 'npm ci\nnpm run build\nnpm start';

it.each([
  ['docusaurus', COMMANDS],
  ['starlight', 'npm ci\nnpm run build\n\nnpm start'],
  ['vitepress', COMMANDS],
])('keeps the lines of code on a page of %s', async (name, code) => {
  const texts = await read(name);

  expect(texts.some((text) => text.includes(`\n${code}\n`))).toBe(true);
});

it.each([
  ['docusaurus', ['With npm', 'With pnpm', 'With yarn'], 'Run `yarn add parley`.'],
  ['starlight', ['npm', 'pnpm'], 'Run `pnpm add parley`.'],
  ['vitepress', ['npm', 'pnpm'], '```sh\npnpm add parley\n```'],
  ['mkdocs-material', ['Linux', 'macOS'], 'Use brew.'],
])('reads every tab of %s below its name', async (name, labels, last) => {
  const texts = await read(name);

  const places = labels.map((label) => texts.indexOf(`**${label}**`));
  expect(places.every((place) => place >= 0)).toBe(true);
  expect(texts.indexOf(last)).toBe(places.at(-1)! + 1);
});

it.each([
  ['mkdocs-material', 'def hello():\n    if True:\n        print("hello")'],
  ['sphinx-furo', 'def hello():\n    if True:\n        print("hello")'],
  ['hugo', 'func main() {\n\tif true {\n\t\tprintln("hello")\n\t}\n}'],
  ['hugo-minified', 'func main() {\n\tif true {\n\t\tprintln("hello")\n\t}\n}'],
  ['asciidoctor-rouge', 'def hello\n  if true\n    puts "hello"\n  end\nend'],
  ['asciidoctor-coderay', 'def hello\n  if true\n    puts "hello"\n  end\nend'],
  ['docusaurus', 'if (a) {\n  b();\n}'],
])('gives the numbered code of %s with its indents and without its numbers', async (name, code) => {
  const blocks = (await read(name)).filter((text) => text.startsWith('```'));

  expect(blocks.map((text) => text.replace(/^`+\w*\n|\n`+$/g, ''))).toContain(code);
});

it.each(['docusaurus', 'starlight', 'vitepress', 'mkdocs-material'])(
  'goes on after a paragraph of %s that begins like a comment',
  async (name) => {
    const texts = await read(name);

    expect(texts.some((text) => /^<!(--|–) This paragraph begins with a comment sign\.$/.test(text))).toBe(true);
    expect(texts).toContain('Build');
  },
);

it.each(['docusaurus', 'starlight', 'vitepress'])(
  'writes the names of elements on %s without backslashes',
  async (name) => {
    expect((await read(name))[1]).toContain('Use the element `<parley-chat>` in a page.');
  },
);

it.each(['mkdocs-material', 'sphinx-furo', 'asciidoctor-rouge'])(
  'writes footnotes of %s as no citation',
  async (name) => {
    const texts = (await read(name)).join('\n');

    expect(texts).toMatch(/(way|fact\.?) ?¹/);
    expect(texts).not.toMatch(/\[1\]/);
  },
);
