import { expect, it } from 'vitest';
import { helpText } from '../../../bots/shared/help-text.ts';
import { splitMarkdown } from '../../../bots/shared/split-markdown.ts';

it('says in one screen what the assistant is, and each thing it can do', () => {
  const commands = Array.from({ length: 12 }, (_, n) => ({
    usage: `/command${n} text`,
    does: 'does something useful',
  }));

  const help = helpText({ assistantName: 'Robin', commands });

  expect(help).toMatch(/^\*\*Robin\*\* /);
  for (const { usage } of commands) expect(help).toContain(`\`${usage}\``);
  expect(splitMarkdown(help, { limit: 2000 })).toEqual([help]);
});
