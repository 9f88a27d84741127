import { describe, expect, it } from 'vitest';
import { createPacedEditor, type EditOutcome } from '../../../bots/shared/paced-editor.ts';
import { createTestClock } from '../../support/test-clock.ts';

/** A platform whose time moves when somebody sleeps, and whose edits end when a test says so. */
function createEdits({ outcomes = [] }: { outcomes?: (EditOutcome | Error | undefined)[] } = {}) {
  const clock = createTestClock(new Date(0));
  const edits: string[] = [];
  const errors: unknown[] = [];
  let inFlight = 0;
  let most = 0;
  const editor = createPacedEditor<string>({
    minIntervalMs: 1000,
    clock,
    sleep: async (ms) => clock.advance(ms),
    onError: (error) => errors.push(error),
    edit: async (text, { isLast }) => {
      most = Math.max(most, ++inFlight);
      edits.push(`${clock.now().getTime()} ${text}${isLast ? '!' : ''}`);
      await new Promise((resolve) => setImmediate(resolve));
      inFlight -= 1;
      const outcome = outcomes.shift();
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
  });
  return { clock, edits, errors, editor, most: () => most };
}

describe('pacing edits', () => {
  it('shows the first text at once, then the newest after each interval, and the last always', async () => {
    const t = createEdits();

    t.editor.show('a');
    t.editor.show('ab');
    t.editor.show('abc');
    await t.editor.finish('abcd');

    expect(t.edits).toEqual(['0 a', '1000 abcd!']);
  });

  it('never has two edits in flight', async () => {
    const t = createEdits();

    for (let n = 0; n < 20; n++) {
      t.editor.show(`${n}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await t.editor.finish('end');

    expect(t.most()).toBe(1);
    expect(t.edits.at(-1)).toMatch(/end!$/);
  });

  it('shows the last text although it is the first', async () => {
    const t = createEdits();

    await t.editor.finish('all of it');

    expect(t.edits).toEqual(['0 all of it!']);
  });

  it('waits as long as it is told to, and then shows the newest', async () => {
    const t = createEdits({ outcomes: [{ pauseMs: 5000 }] });

    t.editor.show('a');
    t.editor.show('ab');
    await t.editor.finish('abc');

    expect(t.edits).toEqual(['0 a', '5000 abc!']);
  });

  it('does a refused edit again, with whatever is newest by then, and the last one until it is taken', async () => {
    const t = createEdits({ outcomes: [{ retryAfterMs: 3000 }, { retryAfterMs: 4000 }, undefined] });

    t.editor.show('a');
    await t.editor.finish('ab');

    expect(t.edits).toEqual(['0 a', '3000 ab!', '7000 ab!']);
  });

  it.each([...Array(12).keys()])('shows what comes just as an edit has settled (%i steps later)', async (steps) => {
    const shown: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const editor = createPacedEditor<string>({
      minIntervalMs: 0,
      edit: async (text) => {
        shown.push(text);
        if (text === 'second') resolve();
        return undefined;
      },
    });

    editor.show('first');
    for (let step = 0; step < steps; step += 1) await Promise.resolve();
    editor.show('second');
    await promise;

    expect(shown.at(-1)).toBe('second');
  });

  it('survives an edit on the way that fails', async () => {
    const t = createEdits({ outcomes: [new Error('a hiccup')] });

    t.editor.show('a');
    await t.editor.finish('ab');

    expect(t.edits).toEqual(['0 a', '1000 ab!']);
    expect(t.errors).toHaveLength(1);
  });

  it('says so when the last edit fails, so that the answer can be posted anew', async () => {
    const t = createEdits({ outcomes: [undefined, new Error('the message was deleted')] });

    t.editor.show('a');

    await expect(t.editor.finish('ab')).rejects.toThrow('the message was deleted');
  });

  it('gives up when every edit is refused', async () => {
    const t = createEdits({ outcomes: Array.from({ length: 100 }, () => ({ retryAfterMs: 1 })) });

    await expect(t.editor.finish('a')).rejects.toThrow('refused every edit');
  });
});
