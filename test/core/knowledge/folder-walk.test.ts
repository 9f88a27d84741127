import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { walkFolder } from '../../../core/knowledge/origins/folder-walk.ts';

let root = '';

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'parley-walk-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), text);
  }
}

async function walk(folder = ''): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of walkFolder(path.join(root, folder))) found.push(path.relative(root, entry.path));
  return found;
}

it('finds files at any depth, in order of name', async () => {
  await write({ 'b.md': '', 'a/z.md': '', 'a/b/c.md': '' });

  expect(await walk()).toEqual(['a/b/c.md', 'a/z.md', 'b.md']);
});

it('leaves out hidden files, hidden folders and node_modules', async () => {
  await write({
    '.env': '',
    '.git/config': '',
    'node_modules/x/README.md': '',
    'a/node_modules/y.md': '',
    'a/b.md': '',
  });

  expect(await walk()).toEqual(['a/b.md']);
});

it('leaves out what .gitignore files at any depth leave out, the innermost deciding', async () => {
  await write({
    '.gitignore': 'build/\n*.txt\n',
    'build/a.md': '',
    'a.txt': '',
    'docs/.gitignore': '!keep.txt\n/drafts\n',
    'docs/keep.txt': '',
    'docs/other.txt': '',
    'docs/drafts/a.md': '',
    'docs/deep/drafts/a.md': '',
  });

  expect(await walk()).toEqual(['docs/deep/drafts/a.md', 'docs/keep.txt']);
});

it('obeys the .gitignore of the repository around the folder', async () => {
  await write({ '.git/HEAD': '', '.gitignore': 'docs/private\n', 'docs/private/a.md': '', 'docs/b.md': '' });

  expect(await walk('docs')).toEqual(['docs/b.md']);
});

it('does not obey a .gitignore above a folder that is in no repository', async () => {
  await write({ '.gitignore': '*.md\n', 'docs/b.md': '' });

  expect(await walk('docs')).toEqual(['docs/b.md']);
});

it('does not follow links, which may lead anywhere or in circles', async () => {
  await write({ 'a/b.md': '' });
  await symlink(root, path.join(root, 'a/circle'));
  await symlink('/etc/hostname', path.join(root, 'a/link.md'));

  expect(await walk()).toEqual(['a/b.md']);
});
