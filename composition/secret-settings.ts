import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Writes settings that hold secrets into a file that only its owner may read, in the form of `.env`, in place of what was
 * there.
 * @returns where it lies
 */
export async function writeSecretSettings(file: string, settings: Record<string, string>): Promise<string> {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${quote(value)}\n`);
  const whole = path.resolve(file);
  await mkdir(path.dirname(whole), { recursive: true, mode: 0o700 });
  await writeFile(`${whole}.unfinished`, lines.join(''), { mode: 0o600 });
  await rename(`${whole}.unfinished`, whole);
  return whole;
}

/** A # in a bare value begins a comment, and a $ is a variable to compose. */
function quote(value: string): string {
  return value.includes("'") ? JSON.stringify(value) : `'${value}'`;
}
