import { expect, it } from 'vitest';
import type { CommandLine } from '../../cli/command-line.ts';
import { withProgress } from '../../cli/progress.ts';
import type { KnowledgeProgress } from '../../core/knowledge/knowledge.ts';
import { createTerminalScreen } from '../support/terminal-screen.ts';

const reading = (done: number, location: string) => ({ phase: 'reading', done, location }) as KnowledgeProgress;
const indexing = (done: number, total: number) => ({ phase: 'indexing', done, total }) as KnowledgeProgress;

/** Everything that a person in front of a terminal sees of these steps, and what is left at the end. */
async function watch(steps: KnowledgeProgress[], columns = 60) {
  const screen = createTerminalScreen(columns);
  await withProgress({ watched: screen.stream } as CommandLine, async (onProgress) => {
    for (const step of steps) onProgress(step);
  });
  const left = await screen.close();
  return { seen: screen.seen(), written: screen.written(), left };
}

it('says nothing of the time left until it can be known', async () => {
  const { written } = await watch([indexing(0, 40), indexing(0, 40), indexing(20, 40), indexing(40, 40)]);

  expect(written).toContain('0/40');
  expect(written).not.toMatch(/LLs|NULL|NaN|INF|undefined/);
});

it('leaves nothing of a longer line behind', async () => {
  const long = 'guides/'.repeat(30);
  const { seen, left } = await watch([reading(1, long), reading(2, 'b.md'), indexing(1, 2), indexing(2, 2)]);

  expect(left).toBe('');
  for (const screen of seen) expect(screen.split('\n').filter((line) => line !== '').length).toBeLessThanOrEqual(1);
});

it.each([
  ['characters of two columns', '文書/'.repeat(40)],
  ['line ends', 'a\nb\r\nc.md'],
  ['colours', '\u001B[31mred\u001B[0m\u001B[5A.md'],
])('keeps names with %s on one line', async (_what, location) => {
  const { seen, left } = await watch([reading(1, location), reading(2, 'b.md')], 40);

  expect(left).toBe('');
  for (const screen of seen) expect(screen.split('\n').filter((line) => line !== '').length).toBeLessThanOrEqual(1);
});

it('shows nothing where nobody watches', async () => {
  expect(await withProgress({ watched: null } as CommandLine, async () => 'done')).toBe('done');
});
