import { describe, expect, it } from 'vitest';
import { parseUsername, toUsernameKey } from '../../../core/accounts/username.ts';

describe('usernames', () => {
  it.each([
    'ada',
    'a'.repeat(32),
    'Ada_Lovelace',
    'a.b-c9',
    'José',
    'дарья',
    'Ελένη',
    '山田たろう',
    '홍길동',
    'สมชาย',
    'अदिति',
  ])('may be %s', (name) => {
    expect(parseUsername(name).toLowerCase()).toBe(name.normalize('NFKC').toLowerCase());
  });

  it.each([
    ['ab', 'must have 3 to 32 characters'],
    ['a'.repeat(33), 'must have 3 to 32 characters'],
    ['ada lovelace', 'may have letters'],
    ['ada@example.com', 'may have letters'],
    ['ada\u200bx', 'may have letters'],
    ['ada\u202ex', 'may have letters'],
    ['<script>', 'may have letters'],
    ['.ada', 'must begin and end with'],
    ['аda', 'must be written in one alphabet'],
    ['адa', 'must be written in one alphabet'],
    ['a\u0332da', 'has accents'],
    ['admin', 'is reserved'],
    ['ADM1N', 'is reserved'],
    ['раrlеу', 'must be written in one alphabet'],
  ])('may not be %s', (name, words) => {
    expect(() => parseUsername(name)).toThrow(`username ${words}`);
  });

  it('are kept in the form that all ways of writing them share', () => {
    expect(parseUsername('ａｄａ')).toBe('ada');
    expect(parseUsername('Jose\u0301')).toBe('José');
  });

  it.each([
    ['Paul', 'PauI'],
    ['paul', 'pau1'],
    ['bob', 'b0b'],
    ['ada', 'ADA'],
    ['ada', 'ａｄａ'],
    ['cop', 'сор'],
    ['ахе', 'axe'],
    ['kov', 'κον'],
  ])('are one and the same when they look alike: %s and %s', (one, other) => {
    expect(toUsernameKey(other)).toBe(toUsernameKey(one));
  });

  it('are shown in small letters outside the Latin alphabet, whose capitals look Latin', () => {
    expect(parseUsername('НАТ')).toBe('нат');
  });
});
