import { describe, expect, it } from 'vitest';
import { readLabelledMessages } from '../../../bench/small-talk-messages.ts';
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
    'Hello! How are you today?',
    'Hellooo',
    'Good evening, hope you are doing well',
    'Thanks a lot for your help, Bob!',
    'How was your weekend?',
    'Hi everyone, hope you all had a good weekend',
    'Guten Morgen! Wie geht es Ihnen heute?',
    'Bom dia, tudo bem?',
    'Привет! Как дела сегодня?',
    'مرحبا، كيف حالك اليوم؟',
    'สวัสดีครับ สบายดีไหม',
    'Merhaba, nasılsınız?',
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
    'Hi, how do I install it?',
    'Hi, Refunds',
    'How is the weather data stored?',
    'hi, how are you billed?',
    'How are you different from Slack?',
    'Hello, are you open today?',
    'Tell me about the Trawler plan',
    'and how much does it cost?',
    'Thank you so much! And where do I send it?',
    'Guten Tag, wie kündige ich?',
    'Gracias, ¿y cuánto cuesta?',
    'Привет, сколько это стоит?',
    '你好,我想退货',
    'こんにちは、返品したいのですが',
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

describe('the coefficients', () => {
  it('know the messages they were fitted to, and take next to no question for small talk', async () => {
    const messages = await readLabelledMessages();
    const taken = messages.filter(({ message }) => !needsDocuments(said(message)));
    const talk = messages.filter(({ kind }) => kind !== 'question');

    const rightly = taken.filter(({ kind }) => kind !== 'question').length;

    expect(rightly / taken.length).toBeGreaterThan(0.99);
    expect(rightly / talk.length).toBeGreaterThan(0.95);
  });
});
