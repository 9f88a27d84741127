import { describe, expect, it } from 'vitest';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestApp } from '../../support/test-app.ts';

async function createAnswered({ isPrivate }: { isPrivate: boolean }) {
  const t = await createTestApp({ model: createScriptedModel({ reply: () => 'At **nine**.' }) });
  const user = await t.app.users.createVisitor();
  const session = await t.app.sessions.create({ userId: user.id, platform: 'twitch', space: 'twitch:ada' });
  const incoming = { platform: 'twitch' as const, eventId: 'e1', userId: user.id, sessionId: session.id };
  const place = { space: 'twitch:ada', isPrivate };
  const { turnId } = await t.app.turns.accept({ ...incoming, text: 'When do you open?', place });
  for await (const event of t.app.turns.follow(turnId, { signal: new AbortController().signal })) {
    if (event.type === 'done') return { t, turnId, userId: user.id, question: event.userMessage, answer: event.answer };
  }
  throw new Error('no answer');
}

describe('a shared answer', () => {
  it('is found by an id that is short and that nobody guesses, with its question', async () => {
    const { t, answer } = await createAnswered({ isPrivate: false });
    await using _ = t;

    const id = await t.app.sharedAnswers.share(answer.id);

    expect(id).toMatch(/^[\w-]{12}$/);
    expect(await t.app.sharedAnswers.find(id)).toEqual({ question: 'When do you open?', answer });
    expect(await t.app.sharedAnswers.find('nothing')).toBeNull();
  });

  it('keeps its id when it is shared again, also at the same moment', async () => {
    const { t, answer } = await createAnswered({ isPrivate: false });
    await using _ = t;

    const ids = await Promise.all([1, 2, 3].map(() => t.app.sharedAnswers.share(answer.id)));

    expect(new Set(ids).size).toBe(1);
  });

  it('is never one that was given in private, nor a question', async () => {
    const secret = await createAnswered({ isPrivate: true });
    const open = await createAnswered({ isPrivate: false });
    await using _secret = secret.t;
    await using _open = open.t;

    await expect(secret.t.app.sharedAnswers.share(secret.answer.id)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(open.t.app.sharedAnswers.share(open.question.id)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('is gone when it is deleted, and shows no question that is', async () => {
    const { t, turnId, userId, question, answer } = await createAnswered({ isPrivate: false });
    await using _ = t;
    const id = await t.app.sharedAnswers.share(answer.id);

    await t.app.messages.delete({ userId, messageId: question.id });
    const withoutQuestion = await t.app.sharedAnswers.find(id);
    await t.app.messages.deleteOfTurn(turnId);

    expect(withoutQuestion?.question).toBeNull();
    expect(await t.app.sharedAnswers.find(id)).toBeNull();
  });
});
