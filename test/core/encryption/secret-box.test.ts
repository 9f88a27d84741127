import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSecretBox } from '../../../core/encryption/secret-box.ts';

const [first, second] = [randomBytes(32), randomBytes(32)];

describe('a secret box', () => {
  it('opens what it sealed, and seals the same secret differently each time', () => {
    const box = createSecretBox([first]);

    const sealed = box.seal('tøken', 'discord');

    expect(sealed).not.toContain('ken');
    expect(box.seal('tøken', 'discord')).not.toBe(sealed);
    expect(box.open(sealed, 'discord')).toBe('tøken');
  });

  it('opens what an older key sealed, after a newer one was put before it', () => {
    const sealed = createSecretBox([first]).seal('token', 'discord');

    expect(createSecretBox([second, first]).open(sealed, 'discord')).toBe('token');
  });

  it('opens nothing for another purpose, with another key, or after a change', () => {
    const box = createSecretBox([first]);
    const sealed = box.seal('token', 'discord');
    const changed = `${sealed.slice(0, -2)}${sealed.endsWith('A') ? 'B' : 'A'}A`;

    expect(box.open(sealed, 'slack')).toBeNull();
    expect(createSecretBox([second]).open(sealed, 'discord')).toBeNull();
    expect(box.open(changed, 'discord')).toBeNull();
    expect(box.open('', 'discord')).toBeNull();
  });
});
