import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createEncryption } from '../../../core/encryption/encryption.ts';

const oldKey = randomBytes(32);
const newKey = randomBytes(32);

describe('createEncryption', () => {
  it('gives back what was encrypted, for the thing it was encrypted for', () => {
    const encryption = createEncryption({ keys: [newKey] });

    const encrypted = encryption.encrypt('xoxb-äöü-🦜', 'slack_installations:T1');

    expect(encrypted).not.toContain('xoxb');
    expect(encryption.decrypt(encrypted, 'slack_installations:T1')).toBe('xoxb-äöü-🦜');
  });

  it('refuses a secret that was moved to another row', () => {
    const encryption = createEncryption({ keys: [newKey] });
    const encrypted = encryption.encrypt('secret', 'slack_installations:T1');

    expect(() => encryption.decrypt(encrypted, 'slack_installations:T2')).toThrow('cannot be read');
  });

  it('refuses a secret in which one bit was changed', () => {
    const encryption = createEncryption({ keys: [newKey] });
    const [version, keyId, text] = encryption.encrypt('secret', 'a').split('.') as [string, string, string];
    const sealed = Buffer.from(text, 'base64url');
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;

    expect(() => encryption.decrypt([version, keyId, sealed.toString('base64url')].join('.'), 'a')).toThrow('changed');
  });

  it('never writes the same text twice', () => {
    const encryption = createEncryption({ keys: [newKey] });

    expect(encryption.encrypt('secret', 'a')).not.toBe(encryption.encrypt('secret', 'a'));
  });

  it('reads what an older key encrypted, and says that it should be encrypted again', () => {
    const before = createEncryption({ keys: [oldKey] }).encrypt('secret', 'a');
    const rotated = createEncryption({ keys: [newKey, oldKey] });

    expect(rotated.decrypt(before, 'a')).toBe('secret');
    expect(rotated.isOutdated(before)).toBe(true);
    expect(rotated.isOutdated(rotated.encrypt('secret', 'a'))).toBe(false);
  });

  it('says which setting to look at when the key is gone', () => {
    const before = createEncryption({ keys: [oldKey] }).encrypt('secret', 'a');

    expect(() => createEncryption({ keys: [newKey] }).decrypt(before, 'a')).toThrow('ENCRYPTION_KEYS');
  });

  it('does not start with a key of the wrong length, or none', () => {
    expect(() => createEncryption({ keys: [] })).toThrow('32 bytes');
    expect(() => createEncryption({ keys: [randomBytes(31)] })).toThrow('32 bytes');
  });
});
