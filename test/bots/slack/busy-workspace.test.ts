import { expect, it } from 'vitest';
import { BOT_USER } from '../../support/fake-slack-workspace.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestSlack } from '../../support/test-slack.ts';

const PEOPLE = 50;
const QUESTIONS_EACH = 4;
/** Slack's minute, shortened for both sides alike, so that several of them pass while this runs. */
const MINUTE_MS = 20_000;

it('200 questions at once from 50 people are each answered once, within every published limit', async () => {
  const model = createScriptedModel({
    reply: (request) => `To ${request.messages.at(-1)?.content}: ${'word '.repeat(200)}`,
  });
  await using t = await createTestSlack({ model, minuteMs: MINUTE_MS, more: { leaseMs: 60_000 } });
  const ask = (person: number, question: number) =>
    question % 2 === 0
      ? t.slack.say(`question ${question} of ${person}`, { channel: `D${person}`, user: `U${person}` })
      : t.slack.say(`<@${BOT_USER}> question ${question} of ${person}`, {
          channel: `C${person % 10}`,
          user: `U${person}`,
        });

  const people = Array.from({ length: PEOPLE }, (_, person) => person);
  await Promise.all(
    people.flatMap((person) => Array.from({ length: QUESTIONS_EACH }, (_, question) => ask(person, question))),
  );
  const isFinal = (message: { blocks: object[] }) => JSON.stringify(message.blocks).includes('feedback_buttons');
  await t.slack.until(() => t.slack.messages.filter(isFinal).length === PEOPLE * QUESTIONS_EACH, 280_000);

  expect(t.slack.violations).toEqual([]);
  expect(t.slack.messages).toHaveLength(PEOPLE * QUESTIONS_EACH);
  const answered = t.slack.messages.map(({ shown }) => /question \d of \d+/.exec(shown)?.[0]);
  expect(new Set(answered).size).toBe(PEOPLE * QUESTIONS_EACH);
  expect(t.slack.messages.some(({ wasStreamed }) => wasStreamed)).toBe(true);
  expect(t.slack.messages.every(({ isStreaming }) => !isStreaming)).toBe(true);
}, 300_000);
