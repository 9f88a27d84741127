import { describe, expect, it } from 'vitest';
import { createStreamTap } from '../../../core/completions/stream-tap.ts';
import { fc } from '../../support/fast-check.ts';

const frame = (chunk: object | string) => `data: ${typeof chunk === 'string' ? chunk : JSON.stringify(chunk)}\n\n`;
const text = (content: string, more: object = {}) => frame({ choices: [{ index: 0, delta: { content } }], ...more });
const usage = frame({ choices: [], usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 } });
const finish = frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
const answer = `: hello\n\n${text('Ähm, ')}${text('one', { usage: null })}${text(' "usage":{')}${finish}${usage}${frame('[DONE]')}`;

function run(stream: string, cuts: number[], { hidesUsage = true } = {}) {
  const tap = createStreamTap({ hidesUsage });
  const bytes = Buffer.from(stream);
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const pieces = edges.slice(1).map((end, at) => bytes.subarray(edges[at], end));
  const shown = Buffer.concat([...pieces.map((piece) => tap.push(piece)), tap.end()]).toString('utf8');
  return { shown, usage: tap.usage(), tap };
}

describe('the tap on a stream', () => {
  it('reads the usage and hides it, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 8 }), (cuts) => {
        const result = run(answer, cuts);

        expect(result.shown).toBe(answer.replace(usage, ''));
        expect(result.usage).toEqual({ inputTokens: 12, outputTokens: 3 });
      }),
    );
  });

  it('shows the usage to who asked for it', () => {
    expect(run(answer, [100], { hidesUsage: false })).toMatchObject({
      shown: answer,
      usage: { inputTokens: 12, outputTokens: 3 },
    });
  });

  it('keeps text that comes in one chunk with the usage', () => {
    const last = text('end', { usage: { prompt_tokens: 1, completion_tokens: 2 } });

    expect(run(last, [])).toMatchObject({ shown: last, usage: { inputTokens: 1, outputTokens: 2 } });
  });

  it('reads what was remembered of the input, and lines that end as on Windows', () => {
    const reported = { prompt_tokens: 9, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 4 } };
    const stream = (text('a') + frame({ choices: [], usage: reported })).replaceAll('\n', '\r\n');

    expect(run(stream, [30])).toMatchObject({
      shown: text('a').replaceAll('\n', '\r\n'),
      usage: { inputTokens: 9, outputTokens: 1, cachedInputTokens: 4 },
    });
  });

  it('counts what came of an answer that was cut off: text, thoughts and tools', () => {
    const thought = frame({ choices: [{ delta: { reasoning_content: 'Well, well. ' } }] });
    const tool = frame({ choices: [{ delta: { tool_calls: [{ function: { arguments: '{"city":' } }] } }] });

    const texts = run(text('one two') + text(' three'), []).tap.countDelivered();
    const all = run(thought + text('one two three') + tool, []).tap.countDelivered();

    expect(texts).toBe(3);
    expect(all).toBeGreaterThan(9);
    expect(run(': ping\n\n', []).tap.countDelivered()).toBe(0);
  });

  it('puts the reason to finish in where the server leaves it out, however the bytes are cut', () => {
    const unfinished = `${text('one', { id: 'c' })}${text(' two', { id: 'c' })}${usage}data:  [DONE] `;

    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 8 }), (cuts) => {
        const { shown, tap } = run(unfinished, cuts);

        expect(shown).toContain(`"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata:  [DONE]`);
        expect(shown.match(/finish_reason/g)).toHaveLength(1);
        expect(tap.isDone()).toBe(true);
      }),
    );
  });

  it.each([
    ['as OpenAI does', frame({ error: { message: 'secret words', code: 500 } })],
    ['as text', frame({ error: 'secret words', error_type: 'overloaded' })],
    ['as an object of its own kind', frame({ object: 'error', message: 'secret words', code: 400 })],
    ['by the name of the event', `event: error\n${frame({ message: 'secret words' })}`],
    ['by the name of the field', 'error: {"message":"secret words"}\n\n'],
    ['in a list', frame(JSON.stringify([{ error: { message: 'secret words' } }]))],
    ['by a code beside its words', frame({ text: 'secret words', error_code: 50001 })],
    ['in words', frame('secret words')],
    ['in words of several lines', 'data: secret\ndata: words\n\n'.replace('secret', '{secret words')],
    ['in JSON outside of any field', '{"oops":{"message":"secret words"}}\n\n'],
    ['as a gateway does that knows nothing of streams', 'Internal Server Failure: secret words\n\n'],
    ['without an empty line before it', `${text('x').trimEnd()}\n${frame({ error: { message: 'secret words' } })}`],
  ])('keeps back what the server reports %s, and what comes after it', (_, reported) => {
    const { shown, tap } = run(`${text('one')}${reported}${text('two')}${frame('[DONE]')}`, [50, 120]);

    expect(shown).toBe(text('one'));
    expect(JSON.stringify(tap.trouble())).toContain('secret words');
  });

  it('lets through what is written in several lines, and fields that say nothing', () => {
    const several =
      'event: message\nid: 7\nretry: 10\ndata: {"choices":\ndata: [{"index":0,"delta":{"content":"x"}}]}\n\n';

    expect(run(`${several}:ping\n\ndata:\n\n${finish}`, [20]).shown).toBe(`${several}:ping\n\ndata:\n\n${finish}`);
  });

  it('takes words about errors for what they are', () => {
    const harmless = text('{"error": "no"} error: "detail"') + text('x', { error: null });

    expect(run(harmless, []).shown).toBe(harmless);
  });

  it('tells an answer that broke off from one that is whole', () => {
    expect(run(text('one'), []).tap.isWhole()).toBe(false);
    expect(run(frame({ choices: [{ delta: { content: 'one' }, finish_reason: '' }] }), []).tap.isWhole()).toBe(false);
    expect(run(text('one') + finish, []).tap.isWhole()).toBe(true);
    expect(run(`${text('one')}${frame('[DONE]')}: bye\n\n`, []).tap.isWhole()).toBe(true);
    expect(run(`${text('one')}data: {"choices":[{"del`, [])).toMatchObject({ shown: text('one') });
  });

  it('forgets what it has counted of a very long answer', () => {
    const long = text('word '.repeat(2000)).repeat(150);

    expect(run(long, [1_200_000]).tap.countDelivered()).toBeGreaterThan(290_000);
  });
});
