import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Entry {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const packages: Record<string, Entry> = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;

/** Whether a package finds another in its own node_modules or in one of those around it. */
function isFound(name: string, from: string): boolean {
  if (`${from === '' ? '' : `${from}/`}node_modules/${name}` in packages) return true;
  if (from === '') return false;
  return isFound(name, from.slice(0, Math.max(0, from.lastIndexOf('node_modules/') - 1)));
}

describe('package-lock.json', () => {
  // A registry that lacks the build for one other system makes npm leave it out, and then `npm ci` fails everywhere.
  it('has an entry for every package that one of its packages asks for, on any system', () => {
    const missing = Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => !isFound(name, path)),
    );

    expect(missing).toEqual([]);
  });
});
