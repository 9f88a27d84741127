import { describe, expect, it } from 'vitest';
import { titleOf } from '../../../core/sessions/session-title.ts';
import { fc } from '../../support/fast-check.ts';

describe('the title of a conversation', () => {
  it.each([
    ['How do I reset my password?', 'How do I reset my password?'],
    ['where is the blue bicycle', 'where is the blue bicycle'],
    ['Hi there! Can I bring my dog? He is small.', 'Can I bring my dog?'],
    ['Hello Parley, what are the opening hours', 'what are the opening hours'],
    ['@Parley hey, when does it start?', 'when does it start?'],
    ['Guten Morgen zusammen, wo finde ich die Satzung?', 'wo finde ich die Satzung?'],
    ['你好，退货需要多久？谢谢', '退货需要多久？'],
    ['<@U024BE7LH> is **this** _right_?', 'is this right?'],
    ['Why does `npm ci` fail?\n```\nlong log\n```', 'Why does npm ci fail?'],
    [
      '# Question\nsee [the guide](https://x.example/a) on https://x.example/b please',
      'Question see the guide on please',
    ],
    ['> quoted line\nwhat does this mean', 'quoted line what does this mean'],
    ['What is snake_case and 2 * 3?', 'What is snake_case and 2 * 3?'],
  ])('of %j is %j', (question, title) => {
    expect(titleOf([question])).toBe(title);
  });

  it('is cut between words', () => {
    const title = titleOf(['Which of the many settings decides how long a conversation in a channel is continued']);

    expect(title).toBe('Which of the many settings decides how long a conversation…');
  });

  it('is cut between characters where a script or an address has no spaces between words', () => {
    expect(titleOf(['x'.repeat(200)])).toBe(`${'x'.repeat(59)}…`);
    expect(titleOf(['データベースの接続設定を変更する方法と'.repeat(5)])).toMatch(/^データベース.{20,}…$/);
  });

  it.each(['👋', '?', 'https://x.example/only', '```\ncode\n```', ''])('is none for %j', (question) => {
    expect(titleOf([question])).toBeNull();
  });

  it('is a greeting only while nothing else was said', () => {
    expect(titleOf(['Hi!'])).toBe('Hi');
    expect(titleOf(['Hi!', 'When does the ferry leave?'])).toBe('When does the ferry leave?');
  });

  it('is one short line of whole characters, whatever was asked', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 1200 }), (question) => {
        const title = titleOf([question]) ?? '';

        expect(title.length).toBeLessThanOrEqual(60);
        expect(title).not.toMatch(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/u);
        expect(title).toBe(title.trim());
      }),
    );
  });
});
