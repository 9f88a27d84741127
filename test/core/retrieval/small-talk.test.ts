import { describe, expect, it } from 'vitest';
import type { ConversationTurn } from '../../../core/retrieval/retrieval.ts';
import { needsDocuments } from '../../../core/retrieval/small-talk.ts';

const said = (content: string, before?: string): ConversationTurn[] => [
  ...(before ? [{ role: 'assistant' as const, content: before }] : []),
  { role: 'user', content },
];

describe('needsDocuments', () => {
  it.each([
    'hi',
    'Hello there!',
    'Good morning everyone',
    'THANKS',
    'thank you so much!!',
    'Thanks 🙏',
    '👍',
    '🎉🎉',
    'bye',
    'see you later',
    'ok',
    'Okay, great',
    'cool, thanks',
    'lol',
    'How are you?',
    "What's up",
    'Danke schön!',
    'Guten Tag',
    'Wie geht es dir?',
    'Merci beaucoup',
    'Bonjour',
    '¡Hola!',
    'muchas gracias',
    'Obrigado',
    'grazie mille',
    'спасибо большое',
    '谢谢',
    'こんにちは',
    '안녕하세요',
    '...',
    '',
  ])('looks nothing up for "%s"', (message) => {
    expect(needsDocuments(said(message))).toBe(false);
  });

  it.each([
    'how?',
    'why',
    'Thanks, but how do I install it?',
    'hi, password reset',
    'ok and on Windows?',
    'pricing',
    'Hello world example',
    'Is it good?',
    'What is Parley?',
    'who are you',
    'good morning message settings',
    'Danke, und wie geht das in Slack?',
    'merci, et le prix',
    '退款',
    'no sound',
    'what about that?',
  ])('looks something up for "%s"', (message) => {
    expect(needsDocuments(said(message))).toBe(true);
  });

  it('looks up what a yes agrees to', () => {
    expect(needsDocuments(said('yes please', 'Shall I explain how to install it on Windows?'))).toBe(true);
    expect(needsDocuments(said('yes', 'It is installed by one command.'))).toBe(false);
    expect(needsDocuments(said('thanks', 'Is there anything else?'))).toBe(false);
  });

  it('looks nothing up when nobody has asked', () => {
    expect(needsDocuments([])).toBe(false);
    expect(needsDocuments([{ role: 'assistant', content: 'What is Parley?' }])).toBe(false);
  });
});
