import { expect, it } from 'vitest';
import { openShop, SOURCES } from '../support/shop.ts';

const shop = openShop();

const MARKDOWN =
  '# Title\n\n| a | b |\n|---|--:|\n| 1 | **2** [1] |\n\n- [x] done\n\n```js\nlet a;\n```\n\nA note.[^1]\n\n[^1]: Small.';

it.each([
  "trusted-types 'none'",
  'trusted-types',
  'trusted-types someone-elses',
  "trusted-types dompurify default 'allow-duplicates'",
])('makes no policy and needs none under %s', async (policy) => {
  shop.site.csp = [
    "default-src 'none'",
    `script-src ${shop.server.url}`,
    `connect-src ${shop.server.url}`,
    "require-trusted-types-for 'script'",
    policy,
  ].join('; ');
  await using t = await shop.visit({ attributes: 'prompts="How much?"' });
  shop.server.script({ sources: SOURCES, deltas: [MARKDOWN] });

  await t.open();
  await t.ask('How?');
  await t.page.getByRole('button', { name: 'Bad answer' }).click();
  await t.answers.getByRole('button', { name: 'Source 1' }).click();
  await t.page.getByRole('button', { name: 'Past chats' }).click();

  await t.page.getByRole('button', { name: /^How\?/ }).click();
  await t.answers.getByRole('heading', { name: 'Title' }).waitFor();
  expect(await t.answers.locator('svg.icon path').first().getAttribute('d')).toMatch(/^M/);
});
