import { describe, expect, it } from 'vitest';
import { createKeyText, hashOf, isKeyText, looksLikeKey, prefixOf } from '../../../core/api-keys/key-text.ts';

describe('the text of an API key', () => {
  it('is never the same twice, and is recognised', () => {
    const keys = Array.from({ length: 200 }, createKeyText);

    expect(new Set(keys).size).toBe(200);
    for (const key of keys) {
      expect(key).toMatch(/^pk_[0-9A-Za-z]{40}$/);
      expect(isKeyText(key)).toBe(true);
      expect(looksLikeKey(key)).toBe(true);
    }
  });

  it('carries a checksum that gives a mistyped one away', () => {
    const key = createKeyText();
    const mistyped = Array.from({ length: 40 }, (_, at) => {
      const other = key[at + 3] === 'a' ? 'b' : 'a';
      return key.slice(0, at + 3) + other + key.slice(at + 4);
    });

    expect(mistyped.filter(isKeyText)).toEqual([]);
    expect(isKeyText(key.slice(0, -1))).toBe(false);
    expect(isKeyText(`${key}0`)).toBe(false);
  });

  it('shows little in its prefix, and nothing in its hash', () => {
    const key = createKeyText();

    expect(prefixOf(key)).toBe(key.slice(0, 9));
    expect(hashOf(key)).toHaveLength(43);
    expect(hashOf(key)).not.toContain(key.slice(3));
  });
});
