import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { AppError } from '../errors.ts';

const ALGORITHM = 'aes-256-gcm';
const VERSION = 'v1';
const KEY_BYTES = 32;
/** 96 bits, the length GCM is made for. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_LENGTH = 8;

export type Encryption = ReturnType<typeof createEncryption>;

/**
 * Keeps secrets unreadable at rest (AES-256-GCM). What is encrypted carries the id of its key, so that a new key can
 * be put first while what older ones encrypted stays readable.
 * @param options.keys 32 bytes each; the first encrypts, all decrypt
 * @param options.onSecret hears each secret that is readable now, so that no log repeats it
 */
export function createEncryption({
  keys,
  onSecret = () => {},
}: {
  keys: Buffer[];
  onSecret?: (secret: string) => void;
}) {
  const byId = new Map(keys.map((key) => [toKeyId(key), key]));
  const [newest] = keys;
  if (!newest || keys.some((key) => key.length !== KEY_BYTES)) {
    throw new Error('Encryption needs at least one key, and every key has 32 bytes.');
  }
  const newestId = toKeyId(newest);

  return {
    /**
     * @param associatedData what the secret belongs to, such as its table and row: it cannot be read as another's
     * @returns text for a database column
     */
    encrypt(plaintext: string, associatedData: string): string {
      onSecret(plaintext);
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, newest, nonce).setAAD(Buffer.from(associatedData, 'utf8'));
      const body = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
      const sealed = Buffer.concat([nonce, cipher.getAuthTag(), body]);
      return `${VERSION}.${newestId}.${sealed.toString('base64url')}`;
    },

    /** @throws AppError `unreadable_secret` when its key is gone, or it was changed, or belongs to something else */
    decrypt(encrypted: string, associatedData: string): string {
      const [version, keyId = '', text = ''] = encrypted.split('.');
      const key = byId.get(keyId);
      if (version !== VERSION || !key) throw unreadable('its key is not among ENCRYPTION_KEYS');
      const sealed = Buffer.from(text, 'base64url');
      try {
        const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        })
          .setAAD(Buffer.from(associatedData, 'utf8'))
          .setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const body = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8');
        const plaintext = body + decipher.final('utf8');
        onSecret(plaintext);
        return plaintext;
      } catch (error) {
        throw unreadable('it has been changed', error);
      }
    },

    /** Whether a newer key is first now, so that it should be encrypted again. */
    isOutdated(encrypted: string): boolean {
      return keyIdOf(encrypted) !== newestId;
    },
  };
}

/** Of the key that something is encrypted with. */
export function keyIdOf(encrypted: string): string {
  return encrypted.split('.')[1] ?? '';
}

/** Says which key it is without telling anything about it. */
function toKeyId(key: Buffer): string {
  return createHash('sha256').update('parley key id').update(key).digest('hex').slice(0, KEY_ID_LENGTH);
}

function unreadable(why: string, cause?: unknown): AppError {
  return new AppError('unreadable_secret', `A stored secret cannot be read: ${why}.`, { cause });
}
