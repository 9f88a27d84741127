import { expect, it } from 'vitest';
import { createQuotingModel } from '../../../core/adapters/quoting-model.ts';
import type { ModelRequest } from '../../../core/ports/chat-model.ts';
import { never } from '../../support/test-turns.ts';

async function answer(
  question: string,
  texts: string[],
  { outcome = 'found', earlier = [] }: { outcome?: ModelRequest['outcome']; earlier?: ModelRequest['messages'] } = {},
): Promise<string> {
  const passages = texts.map((text, index) => ({
    n: index + 1,
    chunkId: `c${index}`,
    title: 'Handbook',
    headings: [],
    url: null,
    text,
    score: 1,
  }));
  const messages = [...earlier, { role: 'user' as const, content: question }];
  let written = '';
  for await (const event of createQuotingModel().stream(
    { system: '', messages, passages, outcome, maxOutputTokens: 1000 },
    { signal: never },
  )) {
    if (event.type === 'delta') written += event.text;
  }
  return written;
}

it('quotes the sentence that answers, with the number of its passage', async () => {
  const written = await answer('How long do refunds take?', [
    'We were founded in 2011. Our office is in Lisbon.',
    'Refunds take five working days. Shipping is free above 50 euros.',
  ]);

  expect(written).toContain('Refunds take five working days. [2]');
  expect(written).not.toMatch(/founded|Shipping|Lisbon/);
});

it('says that it quotes', async () => {
  expect(await answer('Where is the office?', ['Our office is in Lisbon.'])).toContain('Quoted from the documents');
});

it('quotes a command whole, with the sentence that introduces it', async () => {
  const written = await answer('How do I install it?', [
    'To install it, run this:\n\n```sh\nnpm ci\nnpm start\n```\n\nThe weather is fine. It rained yesterday.',
  ]);

  expect(written).toContain('To install it, run this: [1]\n\n```sh\nnpm ci\nnpm start\n```\n\n[1]');
  expect(written).not.toContain('rained');
});

it('quotes one row of a table under the names of its columns', async () => {
  const written = await answer('What is the default of the colour?', [
    '| Setting | Default |\n|---|---|\n| port | 3000 |\n| colour | blue |',
  ]);

  expect(written).toContain('| Setting | Default |\n|---|---|\n| colour | blue |');
  expect(written).not.toContain('3000');
});

it("leaves out the document's own note numbers, which would look like citations", async () => {
  const written = await answer('When was it founded?', ['It was founded in 1998.[3][4] Its founder left.']);

  expect(written).toContain('It was founded in 1998. [1]');
  expect(written).not.toMatch(/\[[34]\]/);
});

it('leaves numbers in code alone', async () => {
  const written = await answer('Which entry is read?', ['- The entry `list[5]` is read [12]\n- Others are not']);

  expect(written).toContain('- The entry `list[5]` is read [1]');
});

it('reads a short question in the light of the one before', async () => {
  const written = await answer('And how long?', ['Delivery takes ten days. Cancelling takes two days.'], {
    earlier: [
      { role: 'user', content: 'Can I cancel?' },
      { role: 'assistant', content: 'Yes.' },
    ],
  });

  expect(written).toContain('Cancelling takes two days. [1]');
  expect(written).not.toContain('Delivery');
});

it('quotes only the beginning of what was found by its meaning alone', async () => {
  const written = await answer('Wie teuer?', [
    'Our plan costs five dollars. It renews monthly. You can cancel any time.',
  ]);

  expect(written).toContain('Our plan costs five dollars. [1]');
  expect(written).not.toContain('cancel');
});

it('ends no sentence after an abbreviation', async () => {
  const written = await answer('Wie installiere ich das?', [
    'Zum Installieren, z. B. im Terminal, `npm ci` tippen. Fertig.',
  ]);

  expect(written).toContain('Zum Installieren, z. B. im Terminal, `npm ci` tippen. [1]');
});

it('returns thanks', async () => {
  expect(await answer('Thanks a lot!', [], { outcome: 'not_needed' })).toMatch(/^You are welcome!/);
});

it('does not say the same twice', async () => {
  const written = await answer('How long do refunds take?', ['Refunds take five days.', 'Refunds take five days.']);

  expect(written.match(/Refunds take/g)).toHaveLength(1);
});

it('turns links that lead nowhere into their words', async () => {
  const written = await answer('Where are the guides?', [
    'The [guides](docs/guides.md) are [here](https://example.com/g).',
  ]);

  expect(written).toContain('The guides are [here](https://example.com/g). [1]');
});

it('ends no sentence inside code or emphasis', async () => {
  const written = await answer('Which file?', [
    'The file is `main. ts` here. Ask *How? Why?* and listen. Nothing else.',
  ]);

  expect(written).toContain('The file is `main. ts` here. [1]');
});

it.each([
  ['not_in_documents', /do not answer this/],
  ['unavailable', /cannot be searched right now/],
  ['not_needed', /Ask me something/],
] as const)('has its own words when the outcome is %s', async (outcome, words) => {
  expect(await answer('Hello', [], { outcome })).toMatch(words);
});
