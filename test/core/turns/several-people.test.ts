import { describe, expect, it } from 'vitest';
import type { ConversationPlace } from '../../../core/conversations/conversation-place.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestApp } from '../../support/test-app.ts';
import { never, readAnswer } from '../../support/test-turns.ts';

const thread: ConversationPlace = {
  platform: 'discord',
  space: 'discord:1',
  kind: 'thread',
  id: 't1',
  isPrivate: false,
};

describe('several people in one thread', () => {
  it('are told apart for the model by name', async () => {
    await using t = await createTestApp({ model: createScriptedModel({ reply: () => 'Noted.' }) });
    const ask = async (name: string, text: string) => {
      const user = await t.app.users.findOrCreate({ platform: 'discord', platformUserId: name, displayName: name });
      const session = await t.app.conversations.current({ userId: user.id, place: thread });
      await readAnswer(
        t.app.turns.run(
          {
            platform: 'discord',
            eventId: null,
            userId: user.id,
            sessionId: session.id,
            authorName: name,
            text,
            place: { space: thread.space, isPrivate: false },
          },
          { signal: never },
        ),
      );
    };

    await ask('Ada', 'My cat is called Byron.');
    await ask('Bob', 'And mine?');

    expect(t.model.calls[1]?.request.messages).toEqual([
      { role: 'user', content: 'Ada: My cat is called Byron.' },
      { role: 'assistant', content: 'Noted.' },
      { role: 'user', content: 'Bob: And mine?' },
    ]);
  });
});

describe('a place', () => {
  it('can have a model and instructions of its own, and a message several images', async () => {
    await using t = await createTestApp({ model: createScriptedModel({ reply: () => 'Two cats.' }) });
    const user = await t.app.users.findOrCreate({ platform: 'discord', platformUserId: '1', displayName: 'Ada' });
    const session = await t.app.conversations.current({ userId: user.id, place: thread });
    const images = ['https://cdn.example.com/1.png', 'https://cdn.example.com/2.png'];

    const events = t.app.turns.run(
      {
        platform: 'discord',
        eventId: 'e1',
        userId: user.id,
        sessionId: session.id,
        text: 'What is this?',
        imageUrls: images,
        place: { space: thread.space, isPrivate: false, model: 'small-vision', instructions: 'Speak like a pirate.' },
      },
      { signal: never },
    );
    const seen = [];
    for await (const event of events) seen.push(event);

    const request = t.model.calls[0]?.request;
    expect(request).toMatchObject({
      model: 'small-vision',
      messages: [{ role: 'user', content: 'What is this?', imageUrls: images }],
    });
    expect(request?.system).toContain('Speak like a pirate.');
    expect(seen.at(-1)).toMatchObject({
      type: 'done',
      userMessage: { imageUrls: images },
      answer: { model: 'small-vision' },
    });
  });
});
