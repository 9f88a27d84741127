import { expect, it } from 'vitest';
import { BOT_USER } from '../../support/fake-slack-workspace.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestSlack } from '../../support/test-slack.ts';

const PEOPLE = 50;
const QUESTIONS_EACH = 4;
/** Slack's minute, shortened for both sides alike, so that several of them pass while this runs. */
const MINUTE_MS = 20_000;

it('200 questions at once from 50 people are each answered once, within every limit, first answers first', async () => {
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

  const startedAt = performance.now();
  const people = Array.from({ length: PEOPLE }, (_, person) => person);
  await Promise.all(
    people.flatMap((person) => Array.from({ length: QUESTIONS_EACH }, (_, question) => ask(person, question))),
  );
  const isFinal = (message: { blocks: object[] }) => JSON.stringify(message.blocks).includes('feedback_buttons');
  const answered: { question: string; person: string; ms: number }[] = [];
  const seen = new Set<string>();
  const note = () => {
    for (const message of t.slack.messages) {
      if (seen.has(message.ts) || !isFinal(message)) continue;
      seen.add(message.ts);
      const [, question = '', person = ''] = /question (\d) of (\d+)/.exec(message.shown) ?? [];
      answered.push({ question, person, ms: performance.now() - startedAt });
    }
    return seen.size === PEOPLE * QUESTIONS_EACH;
  };
  await t.slack.until(note, 280_000);

  expect(t.slack.violations).toEqual([]);
  expect(t.slack.messages).toHaveLength(PEOPLE * QUESTIONS_EACH);
  expect(new Set(answered.map(({ question, person }) => `${question} of ${person}`)).size).toBe(
    PEOPLE * QUESTIONS_EACH,
  );
  const { firsts, earlySeconds, earlyThirds } = summarise(answered);
  expect(firsts).toHaveLength(PEOPLE);
  expect(earlyThirds).toBe(0);
  expect(earlySeconds).toBeLessThanOrEqual(PEOPLE / 10);
  expect(t.slack.messages.some(({ wasStreamed }) => wasStreamed)).toBe(true);
  expect(t.slack.messages.every(({ isStreaming }) => !isStreaming)).toBe(true);
}, 300_000);

/** When each person had their first answer, and how many had more while somebody still waited for the first. */
function summarise(answered: { person: string; ms: number }[]) {
  const times = new Map<string, number[]>();
  for (const { person, ms } of answered) times.set(person, [...(times.get(person) ?? []), ms]);
  const byPerson = [...times.values()];
  const firsts = byPerson.map(([first = 0]) => first).sort((one, other) => one - other);
  const lastFirst = firsts.at(-1) ?? 0;
  const countEarly = (index: number) => byPerson.filter((theirs) => (theirs[index] ?? Infinity) < lastFirst).length;
  return { firsts, earlySeconds: countEarly(1), earlyThirds: countEarly(2) };
}
