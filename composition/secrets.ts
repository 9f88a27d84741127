import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config.ts';

export interface Secrets {
  jwtSecret: string;
  /** 32 bytes each; the first encrypts, all decrypt. */
  encryptionKeys: Buffer[];
}

export interface GeneratedSecrets {
  jwtSecret: string;
  encryptionKey: string;
}

/**
 * The secrets from the settings, or, with the embedded database, those generated once beside it (readable by the
 * owner only): they belong to the data, so they live and are backed up with it.
 */
export async function loadSecrets(config: Config): Promise<Secrets> {
  const generated = config.JWT_SECRET && config.ENCRYPTION_KEYS ? null : await readOrGenerate(fileIn(config.DATA_DIR));
  const keys = config.ENCRYPTION_KEYS ?? (generated ? [generated.encryptionKey] : []);
  return {
    jwtSecret: config.JWT_SECRET ?? generated?.jwtSecret ?? '',
    encryptionKeys: keys.map((key) => Buffer.from(key, 'base64')),
  };
}

async function readOrGenerate(file: string): Promise<GeneratedSecrets> {
  const fresh = {
    jwtSecret: randomBytes(48).toString('base64url'),
    encryptionKey: randomBytes(32).toString('base64'),
  };
  try {
    await writeFile(file, JSON.stringify(fresh, null, 2), { mode: 0o600, flag: 'wx' });
    return fresh;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return JSON.parse(await readFile(file, 'utf8')) as GeneratedSecrets;
  }
}

/** What was generated beside the embedded database; null when nothing was. */
export async function findGeneratedSecrets(dataDir: string): Promise<GeneratedSecrets | null> {
  const text = await readFile(fileIn(dataDir), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as GeneratedSecrets);
}

/** Puts secrets where generated ones lie, in place of any that are there. */
export async function placeGeneratedSecrets(dataDir: string, secrets: GeneratedSecrets): Promise<void> {
  const unfinished = `${fileIn(dataDir)}.unfinished`;
  await writeFile(unfinished, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  await rename(unfinished, fileIn(dataDir));
}

function fileIn(dataDir: string): string {
  return path.join(dataDir, 'secrets.json');
}
