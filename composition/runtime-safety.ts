import { FIRST_SAFE_VERSIONS, type FirstSafeVersion } from './first-safe-versions.ts';

export interface RuntimeVersion {
  runtime: FirstSafeVersion['runtime'];
  /** As the runtime tells it: `24.21.0`, `18.4`, `17.10 (Debian 17.10-1)`. */
  version: string;
}

export interface UnsafeRuntime extends RuntimeVersion {
  /** What is wrong and what to do, in one sentence. */
  words: string;
}

const NAMES = { node: 'Node.js', postgresql: 'PostgreSQL' } as const;

/** Whether a version is the first safe one of its major, or newer. */
export function isSafe({ runtime, version }: RuntimeVersion): boolean {
  const safe = findFirstSafe(runtime, version);
  return safe === null ? isNewerMajor(runtime, version) : compareVersions(version, safe.version) >= 0;
}

/** Those that are known to have a fault, or get no mending any more. */
export function findUnsafe(versions: readonly RuntimeVersion[]): UnsafeRuntime[] {
  return versions
    .filter((version) => !isSafe(version))
    .map((version) => ({ ...version, words: explain(version, findFirstSafe(version.runtime, version.version)) }));
}

/** Negative when the first is older, positive when it is newer, by their numbers. */
export function compareVersions(one: string, other: string): number {
  const [ones, others] = [numbersOf(one), numbersOf(other)];
  for (let at = 0; at < Math.max(ones.length, others.length); at += 1) {
    const difference = (ones[at] ?? 0) - (others[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function explain({ runtime, version }: RuntimeVersion, safe: FirstSafeVersion | null): string {
  const name = `${NAMES[runtime]} ${numbersOf(version).join('.')}`;
  const ways = FIRST_SAFE_VERSIONS.filter((entry) => entry.runtime === runtime).map((entry) => entry.version);
  if (safe === null) return `${name} gets no security fixes any more: use ${ways.join(', ')} or newer.`;
  const how =
    runtime === 'node'
      ? `Install Node.js ${safe.version} or newer: Parley uses it by itself once it is on the PATH.`
      : `Update it to ${safe.version} or newer.`;
  return `${name} has a known fault (${safe.why}). ${how}`;
}

function findFirstSafe(runtime: RuntimeVersion['runtime'], version: string): FirstSafeVersion | null {
  const [major] = numbersOf(version);
  return FIRST_SAFE_VERSIONS.find((entry) => entry.runtime === runtime && entry.major === major) ?? null;
}

/** Majors that came after this table was written are trusted. */
function isNewerMajor(runtime: RuntimeVersion['runtime'], version: string): boolean {
  const [major = 0] = numbersOf(version);
  return FIRST_SAFE_VERSIONS.filter((entry) => entry.runtime === runtime).every((entry) => major > entry.major);
}

function numbersOf(version: string): number[] {
  return (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number);
}
