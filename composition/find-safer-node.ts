import { execFileSync } from 'node:child_process';
import { accessSync, constants, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { compareVersions, isSafe } from './runtime-safety.ts';

/** A program that calls itself node and does not answer is none. */
const ANSWER_MS = 3000;

export interface NodeOnPath {
  file: string;
  version: string;
}

/**
 * The operator's own Node.js, where it is safe and newer than the one that runs this: the one that comes with Parley may be
 * older than a fault that was found meanwhile.
 * @param searchPath as in PATH
 */
export function findSaferNode(
  running: { file: string; version: string },
  searchPath: string | undefined,
): NodeOnPath | null {
  if (isSafe({ runtime: 'node', version: running.version })) return null;
  const files = (searchPath ?? '').split(path.delimiter).map((folder) => path.join(folder, 'node'));
  const others = new Set(files.map(toRealFile).filter((file) => file !== null && file !== toRealFile(running.file)));
  const found = [...others].map((file) => ({ file: file as string, version: versionOf(file as string) }));
  return (
    found
      .filter((node): node is NodeOnPath => node.version !== null)
      .filter(({ version }) => isSafe({ runtime: 'node', version }) && compareVersions(version, running.version) > 0)
      .toSorted((one, other) => compareVersions(other.version, one.version))[0] ?? null
  );
}

function toRealFile(file: string): string | null {
  try {
    accessSync(file, constants.X_OK);
    return realpathSync(file);
  } catch {
    return null;
  }
}

/** Read where its headers tell it, as beside the official builds, and else asked of itself, which takes a moment. */
function versionOf(file: string): string | null {
  return versionInHeaders(file) ?? askVersion(file);
}

function versionInHeaders(file: string): string | null {
  try {
    const header = readFileSync(path.join(file, '../../include/node/node_version.h'), 'utf8');
    const numbers = ['MAJOR', 'MINOR', 'PATCH'].map(
      (part) => new RegExp(`#define NODE_${part}_VERSION (\\d+)`).exec(header)?.[1],
    );
    return numbers.includes(undefined) ? null : numbers.join('.');
  } catch {
    return null;
  }
}

function askVersion(file: string): string | null {
  try {
    const told = execFileSync(file, ['--version'], {
      encoding: 'utf8',
      timeout: ANSWER_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return /^v(\d+\.\d+\.\d+)\s*$/.exec(told)?.[1] ?? null;
  } catch {
    return null;
  }
}
