import { spawn } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { findSaferNode } from '../../composition/find-safer-node.ts';
import { findUnsafe, isSafe } from '../../composition/runtime-safety.ts';
import { createTemporaryFolder } from '../support/parley-process.ts';

describe('a version', () => {
  it.each([
    ['node', '24.21.0', false],
    ['node', '24.22.0', false],
    ['node', '24.22.1', true],
    ['node', '24.100.0', true],
    ['node', '22.23.4', true],
    ['node', '20.20.2', false],
    ['node', '25.9.9', false],
    ['node', '28.0.0', true],
    ['postgresql', '18.4', true],
    ['postgresql', '18.3', false],
    ['postgresql', '17.10 (Debian 17.10-1.pgdg12+1)', true],
    ['postgresql', '15.9', false],
    ['postgresql', '14.23', false],
    ['postgresql', '19.0', true],
    ['postgresql', '18', false],
  ] as const)('%s %s is safe: %s', (runtime, version, safe) => {
    expect(isSafe({ runtime, version })).toBe(safe);
  });

  it('that is not safe is told with why, and what to do', () => {
    const unsafe = findUnsafe([
      { runtime: 'node', version: '24.21.0' },
      { runtime: 'postgresql', version: '13.9' },
      { runtime: 'postgresql', version: '18.4' },
    ]);

    expect(unsafe.map(({ words }) => words)).toEqual([
      'Node.js 24.21.0 has a known fault (a fatal memory fault of the bundled Brotli decoder). Install Node.js 24.22.1 or newer: Parley uses it by itself once it is on the PATH.',
      'PostgreSQL 13.9 gets no security fixes any more: use 15.18, 16.14, 17.10, 18.4 or newer.',
    ]);
  });
});

describe('the Node.js of the operator', () => {
  const bundled = { file: process.execPath, version: '24.21.0' };

  async function install(folder: string, name: string, script: string): Promise<string> {
    const bin = path.join(folder, name, 'bin');
    await mkdir(bin, { recursive: true });
    await writeFile(path.join(bin, 'node'), `#!/bin/sh\n${script}\n`);
    await chmod(path.join(bin, 'node'), 0o755);
    return bin;
  }

  it('is preferred where it is safe and newer than the one that comes with Parley, the newest first', async () => {
    await using temporary = await createTemporaryFolder();
    const folders = await Promise.all([
      install(temporary.folder, 'old', 'echo v20.20.2'),
      install(temporary.folder, 'older line', 'echo v22.23.9'),
      install(temporary.folder, 'safe', 'echo v24.22.1'),
      install(temporary.folder, 'newest', 'echo v26.12.1'),
      install(temporary.folder, 'strange', 'echo hello'),
      install(temporary.folder, 'broken', 'exit 3'),
    ]);

    const found = findSaferNode(bundled, [path.dirname(process.execPath), '/nowhere', ...folders].join(':'));

    expect(found).toEqual({ file: path.join(folders[3] ?? '', 'node'), version: '26.12.1' });
  });

  it('is told by its headers where it has some, without being run', async () => {
    await using temporary = await createTemporaryFolder();
    const bin = await install(temporary.folder, 'official', 'exit 1');
    const headers = path.join(temporary.folder, 'official/include/node');
    await mkdir(headers, { recursive: true });
    const lines = ['MAJOR 24', 'MINOR 23', 'PATCH 0'].map((line) => `#define NODE_${line.replace(' ', '_VERSION ')}`);
    await writeFile(path.join(headers, 'node_version.h'), lines.join('\n'));

    expect(findSaferNode(bundled, bin)?.version).toBe('24.23.0');
  });

  it('takes over what was started, with its arguments and streams', async () => {
    await using temporary = await createTemporaryFolder();
    const bin = await install(
      temporary.folder,
      'safe',
      'if [ "$1" = --version ]; then echo v26.12.1; else shift; echo "as $$: $@"; fi',
    );
    const child = spawn(process.execPath, [path.resolve('main.ts'), 'doctor', '--json'], {
      cwd: temporary.folder,
      env: { PATH: `${bin}:${process.env.PATH}` },
    });

    const said = await text(child.stdout);

    // Once the bundled one is safe itself, nothing takes its place.
    const isBundledSafe = isSafe({ runtime: 'node', version: process.versions.node });
    expect(said.trim() === `as ${child.pid}: doctor --json`).toBe(!isBundledSafe);
  });

  it('is left alone where the running one is safe, or where it is no better', async () => {
    await using temporary = await createTemporaryFolder();
    const old = await install(temporary.folder, 'old', 'echo v24.20.0');
    const safe = await install(temporary.folder, 'safe', 'echo v24.22.1');

    expect(findSaferNode({ file: process.execPath, version: '24.22.1' }, safe)).toBeNull();
    expect(findSaferNode(bundled, old)).toBeNull();
    expect(findSaferNode(bundled, undefined)).toBeNull();
  });
});
