import { describe, expect, it } from 'vitest';
import { countInputTokens, mostInputTokens } from '../../../core/completions/completion-request.ts';
import { countRequestTokens, mostRequestTokens } from '../../../core/models/count-request.ts';
import { fitConversation } from '../../../core/turns/fit-history.ts';

const PICTURE = 'https://example.com/a.png';

function asked(imageUrls: string[]) {
  return { system: '', messages: [{ role: 'user' as const, content: 'What is this?', imageUrls }], maxOutputTokens: 9 };
}

function passedOn(imageUrls: string[]) {
  const pictures = imageUrls.map((url) => ({ type: 'image_url', image_url: { url } }));
  return { model: 'm', messages: [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, ...pictures] }] };
}

describe('a picture', () => {
  it('counts the same in a question to the assistant and in a call that is passed on, held or charged', () => {
    const ofQuestion = [countRequestTokens, mostRequestTokens].map(
      (count) => count({ ...asked([PICTURE]), passages: [] }) - count({ ...asked([]), passages: [] }),
    );
    const ofCall = [countInputTokens, mostInputTokens].map((count) => count(passedOn([PICTURE])) - count(passedOn([])));

    expect([...ofQuestion, ...ofCall]).toEqual([3000, 3000, 3000, 3000]);
  });

  it('leaves room for its question in a small window', () => {
    const fitted = fitConversation({
      createSystem: () => 'You are helpful.',
      history: [],
      question: { content: 'What is this?', imageUrls: [PICTURE] },
      passages: [],
      contextTokens: 4096,
      maxOutputTokens: 1024,
    });

    expect(fitted.messages[0]?.imageUrls).toEqual([PICTURE]);
  });
});
