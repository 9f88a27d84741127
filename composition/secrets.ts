import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config.ts';

export interface Secrets {
  jwtSecret: string;
  /** 32 bytes each; the first encrypts, all decrypt. */
  encryptionKeys: Buffer[];
}

/**
 * The secrets from the settings, or, with the embedded database, those generated once beside it (readable by the
 * owner only): they belong to the data, so they live and are backed up with it.
 */
export async function loadSecrets(config: Config): Promise<Secrets> {
  const generated =
    config.JWT_SECRET && config.ENCRYPTION_KEYS
      ? null
      : await readOrGenerate(path.join(config.DATA_DIR, 'secrets.json'));
  const keys = config.ENCRYPTION_KEYS ?? (generated ? [generated.encryptionKey] : []);
  return {
    jwtSecret: config.JWT_SECRET ?? generated?.jwtSecret ?? '',
    encryptionKeys: keys.map((key) => Buffer.from(key, 'base64')),
  };
}

async function readOrGenerate(file: string): Promise<{ jwtSecret: string; encryptionKey: string }> {
  const fresh = {
    jwtSecret: randomBytes(48).toString('base64url'),
    encryptionKey: randomBytes(32).toString('base64'),
  };
  try {
    await writeFile(file, JSON.stringify(fresh, null, 2), { mode: 0o600, flag: 'wx' });
    return fresh;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return JSON.parse(await readFile(file, 'utf8')) as typeof fresh;
  }
}
