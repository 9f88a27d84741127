import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

export type SecretBox = ReturnType<typeof createSecretBox>;

const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_BYTES = 4;

/**
 * Keeps secrets unreadable in the database: AES-256-GCM, the first key encrypts, all of them decrypt.
 * What was sealed for one purpose does not open for another.
 */
export function createSecretBox(keys: readonly Buffer[]) {
  const known = keys.map((key) => ({ key, id: createHash('sha256').update(key).digest().subarray(0, KEY_ID_BYTES) }));

  return {
    /** @param purpose what the secret is and whose, such as `discord-interaction`; needed again to open it */
    seal(secret: string, purpose: string): string {
      const [newest] = known;
      if (!newest) throw new Error('there is no encryption key');
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', newest.key, iv).setAAD(Buffer.from(purpose));
      const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return Buffer.concat([newest.id, iv, cipher.getAuthTag(), sealed]).toString('base64url');
    },

    /** The secret; null when its key is no longer configured, or when it was changed or sealed for another purpose. */
    open(sealed: string, purpose: string): string | null {
      const bytes = Buffer.from(sealed, 'base64url');
      const key = known.find(({ id }) => id.equals(bytes.subarray(0, KEY_ID_BYTES)))?.key;
      if (!key || bytes.length < KEY_ID_BYTES + IV_BYTES + TAG_BYTES) return null;
      const ivEnd = KEY_ID_BYTES + IV_BYTES;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(KEY_ID_BYTES, ivEnd))
        .setAAD(Buffer.from(purpose))
        .setAuthTag(bytes.subarray(ivEnd, ivEnd + TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(ivEnd + TAG_BYTES)), decipher.final()]).toString('utf8');
      } catch {
        return null;
      }
    },
  };
}
