import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import ignore, { type Ignore } from 'ignore';

interface IgnoreRules {
  folder: string;
  rules: Ignore;
}

/** A file, or a folder that could not be opened. */
export interface WalkedEntry {
  path: string;
  isReadable: boolean;
}

/**
 * All files below a folder, in order of name, by their full path. Left out are hidden files, `node_modules`, links, and what
 * `.gitignore` files leave out: those inside the folder, and those above it up to the root of its repository.
 */
export async function* walkFolder(folder: string): AsyncGenerator<WalkedEntry> {
  yield* walk(folder, await rulesAbove(folder));
}

async function* walk(folder: string, above: IgnoreRules[]): AsyncGenerator<WalkedEntry> {
  const rules = [...above, ...(await rulesOf(folder))];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => null);
  if (!entries) yield { path: folder, isReadable: false };
  for (const entry of (entries ?? []).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const full = path.join(folder, entry.name);
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    if (isIgnored(full, entry.isDirectory(), rules)) continue;
    if (entry.isDirectory()) yield* walk(full, rules);
    else if (entry.isFile()) yield { path: full, isReadable: true };
  }
}

/** The innermost file that has an opinion decides, as in git. */
function isIgnored(full: string, isFolder: boolean, rules: IgnoreRules[]): boolean {
  for (const { folder, rules: own } of rules.toReversed()) {
    const relative = path.relative(folder, full).split(path.sep).join('/');
    const { ignored, unignored } = own.test(isFolder ? `${relative}/` : relative);
    if (ignored) return true;
    if (unignored) return false;
  }
  return false;
}

async function rulesOf(folder: string): Promise<IgnoreRules[]> {
  const text = await readFile(path.join(folder, '.gitignore'), 'utf8').catch(() => null);
  return text === null ? [] : [{ folder, rules: ignore().add(text) }];
}

/** Outermost first; none when the folder is not inside a repository. */
async function rulesAbove(folder: string): Promise<IgnoreRules[]> {
  const above: IgnoreRules[] = [];
  for (let at = folder; ; at = path.dirname(at)) {
    if (at !== folder) above.unshift(...(await rulesOf(at)));
    if (
      await readdir(at).then(
        (names) => names.includes('.git'),
        () => false,
      )
    )
      return above;
    if (at === path.dirname(at)) return [];
  }
}
