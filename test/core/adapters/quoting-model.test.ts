import { describe, expect, it } from 'vitest';
import { createQuotingModel } from '../../../core/adapters/quoting-model.ts';
import type { ModelRequest, Passage } from '../../../core/ports/chat-model.ts';
import { never } from '../../support/test-turns.ts';

function toPassage(text: string, index: number): Passage {
  return { n: index + 1, chunkId: `c${index}`, title: 'Handbook', headings: [], url: null, text, score: 1 };
}

async function answer(
  question: string,
  texts: string[],
  {
    outcome = 'found',
    earlier = [],
    confidence,
  }: { outcome?: ModelRequest['outcome']; earlier?: ModelRequest['messages']; confidence?: number } = {},
): Promise<string> {
  const passages = texts.map(toPassage);
  const messages = [...earlier, { role: 'user' as const, content: question }];
  let written = '';
  for await (const event of createQuotingModel().stream(
    { system: '', messages, passages, outcome, maxOutputTokens: 1000, ...(confidence !== undefined && { confidence }) },
    { signal: never },
  )) {
    if (event.type === 'delta') written += event.text;
  }
  return written;
}

it('quotes the section that answers with its heading, once with its number', async () => {
  const written = await answer('How long do refunds take?', [
    'We were founded in 2011. Our office is in Lisbon.',
    'Refunds take five working days.\n\n## Shipping\n\nShipping is free above 50 euros.',
  ]);

  expect(written).toContain('**Handbook**\n\nRefunds take five working days. [1]');
  expect(written).not.toMatch(/founded|Shipping|Lisbon/);
});

it('says that it quotes', async () => {
  expect(await answer('Where is the office?', ['Our office is in Lisbon.'])).toContain('Quoted from the documents');
});

it('quotes a command whole, with the sentence that introduces it', async () => {
  const written = await answer('How do I install it?', [
    'To install it, run this:\n\n```sh\nnpm ci\nnpm start\n```\n\n## Weather\n\nThe weather is fine. It rained yesterday.',
  ]);

  expect(written).toContain('To install it, run this: [1]\n\n```sh\nnpm ci\nnpm start\n```\n\n*Quoted');
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
  const written = await answer('When was it founded?', ['It was founded in 1998.[3][4]']);

  expect(written).toContain('It was founded in 1998. [1]');
  expect(written).not.toMatch(/\[[34]\]/);
});

it('leaves numbers in code alone', async () => {
  const written = await answer('Which entry is read?', ['- The entry `list[5]` is read [12]']);

  expect(written).toContain('- The entry `list[5]` is read [1]');
});

it('reads a short question in the light of the one before', async () => {
  const written = await answer(
    'And how long?',
    ['## Delivery\n\nIt takes ten days.\n\n## Cancelling\n\nIt takes two days.'],
    {
      earlier: [
        { role: 'user', content: 'Can I cancel?' },
        { role: 'assistant', content: 'Yes.' },
      ],
    },
  );

  expect(written).toContain('**Handbook › Cancelling**\n\nIt takes two days. [1]');
  expect(written).not.toContain('Delivery');
});

it('reads a question that stands by itself without the one before', async () => {
  const written = await answer(
    'How do I put this chat on my website?',
    [
      '## Google\n\nSet the id of Google to log in.',
      '## Website\n\nPut this tag on your website to have the chat there.',
    ],
    { earlier: [{ role: 'user', content: 'How do people log in with Google?' }] },
  );

  expect(written).toContain('Put this tag on your website');
  expect(written).not.toContain('Set the id');
});

it('takes from the question before what “it” is', async () => {
  const written = await answer(
    'And what does it cost?',
    ['| Plan | Price |\n|---|---|\n| Dinghy | 5 € |\n| Trawler | 40 € |'],
    { earlier: [{ role: 'user', content: 'Tell me about the Trawler plan' }] },
  );

  expect(written).toContain('| Trawler | 40 € |');
  expect(written).not.toContain('Dinghy');
});

it('trusts what was found by its meaning where the question is in another language', async () => {
  const written = await answer('Wie teuer ist das?', [
    'Our plan costs five dollars. It renews every month.',
    'The office is in Lisbon.',
  ]);

  expect(written).toContain('Our plan costs five dollars. It renews every month. [1]');
  expect(written).not.toContain('Lisbon');
});

it('shows nothing in another language that retrieval doubts', async () => {
  const texts = ['Our plan costs five dollars. It renews every month.'];

  const written = await answer('Wie hoch ist der Mount Everest?', texts, {
    outcome: 'not_in_documents',
    confidence: 0.07,
  });

  expect(written).toMatch(/^The documents do not answer this/);
});

it('trusts retrieval in scripts whose words it does not know', async () => {
  const texts = ['荷物が破損して届いた場合は、写真を撮って一週間以内にご連絡ください。'];
  const question = '荷物が破損して届いたらどうすればいいですか';

  expect(await answer(question, texts, { confidence: 0.9 })).toContain('一週間以内');
  expect(await answer('東京の天気は?', texts, { confidence: 0.1 })).toMatch(/^The documents do not answer this/);
});

it('ends no sentence after an abbreviation', async () => {
  const written = await answer('Wie installiere ich das?', [
    `${'Wir sind ein Verein. '.repeat(30)}Zum Installieren, z. B. im Terminal, \`npm ci\` tippen.`,
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
    `${'Nothing is said. '.repeat(30)}The file is \`main. ts\` here. Ask *How? Why?* and listen.`,
  ]);

  expect(written).toContain('The file is `main. ts` here. Ask *How? Why?* and listen. [1]');
});

it.each([
  ['not_in_documents', /do not answer this/],
  ['unavailable', /cannot be searched right now/],
  ['not_needed', /Ask me something/],
] as const)('has its own words when the outcome is %s', async (outcome, words) => {
  expect(await answer('Hello', [], { outcome })).toMatch(words);
});

describe('what it copies out', () => {
  const SETTINGS = [
    '| Variable | Default | |',
    '|---|---|---|',
    '| `PORT` | 3000 | Port to listen on. |',
    '| `DATABASE_URL` |  | Connection to your PostgreSQL. |',
    '| `DATABASE_POOL_SIZE` | 20 | Most connections to the database. |',
  ].join('\n');

  it('finds a row by what it says of a name', async () => {
    const written = await answer('Which variable sets the PostgreSQL connection?', [`## Settings\n\n${SETTINGS}`]);

    expect(written).toContain('| `DATABASE_URL` |');
    expect(written).not.toMatch(/POOL_SIZE|3000/);
  });

  it('shows the rows that answer in one table below one header', async () => {
    const rows = ['| Lisbon | 3 days | 5 € |', '| Porto | 3 days | 5 € |', '| Madrid | 9 days | 12 € |'];
    const written = await answer('How long does delivery to Lisbon or Porto take?', [
      `## Delivery\n\n| To | Takes | Costs |\n|---|---|---|\n${rows.join('\n')}`,
    ]);

    expect(written).toContain(
      '**Handbook › Delivery** [1]\n\n| To | Takes | Costs |\n|---|---|---|\n| Lisbon | 3 days | 5 € |\n| Porto | 3 days | 5 € |\n\n*Quoted',
    );
  });

  it('goes on with a table that was cut into passages', async () => {
    const header = '| Variable | For |\n|---|---|';
    const written = await answer('Which variables are for Google?', [
      `## Settings\n\n${header}\n| \`GOOGLE_ID\` | Google |`,
      `## Settings\n\n${header}\n| \`GOOGLE_SECRET\` | Google |`,
    ]);

    expect(written).toContain(
      `**Handbook › Settings** [1][2]\n\n${header}\n| \`GOOGLE_ID\` | Google |\n| \`GOOGLE_SECRET\` |`,
    );
  });

  it('shows lines of `column: value` as rows', async () => {
    const written = await answer('What does the Alba floor lamp cost?', [
      'Article: Alba table lamp\nPrice: 129 €\nArticle: Alba floor lamp\nPrice: 289 €',
    ]);

    expect(written).toContain('| Article | Price |\n|---|---|\n| Alba floor lamp | 289 € |');
    expect(written).not.toContain('129');
  });

  it('shows a whole table where the question is about all of it', async () => {
    const written = await answer('Which formats can it read?', [
      '## Formats\n\n| Format | What is read |\n|---|---|\n| PDF | the text |\n| Word | all of it |',
    ]);

    expect(written).toContain('| PDF | the text |\n| Word | all of it |');
  });

  it('keeps all steps', async () => {
    const steps = ['1. Empty the tank.', '2. Fill in the descaler.', '3. Wait for the light.'].join('\n');
    const written = await answer('How do I descale the machine?', [
      `## Descaling\n\n${steps}\n\n## Colours\n\nThe machine is red.`,
    ]);

    expect(written).toContain(`${steps} [1]`);
    expect(written).not.toContain('red');
  });

  it('leaves out pictures, and sentences that only point to another page', async () => {
    const written = await answer('How do I use my own model?', [
      '## Use your model\n\n![A model on a table](table.png)\n\nTo use your model, set `KEY`. [Models](docs/models.md) has the details. See [routing](routing.md) for more.',
    ]);

    expect(written).toContain('To use your model, set `KEY`. [1]');
    expect(written).not.toMatch(/on a table|details|for more/);
  });

  it('begins with no sentence whose subject stands before it', async () => {
    const written = await answer('How many cups does the pump serve?', [
      `${'We like coffee. '.repeat(40)}The pump is new. It serves 40 cups. ${'We like tea. '.repeat(40)}`,
    ]);

    expect(written).toContain('The pump is new. It serves 40 cups.');
  });

  it('shows an item that goes on in the next line as one', async () => {
    const written = await answer('How do I descale it?', ['## Descaling\n\n1. Fill in the\n   descaler.\n2. Wait.']);

    expect(written).toContain('1. Fill in the descaler.\n2. Wait. [1]');
  });

  it('takes no sentences with colons in them for rows', async () => {
    const written = await answer('How many bots may share a token?', [
      'Large bots: connections are opened by themselves. Several bots may\nshare a token: each question is answered once.',
    ]);

    expect(written).toContain('Several bots may share a token: each question is answered once. [1]');
  });

  it('leaves out the end of what was said in the passage before', async () => {
    const written = await answer('What does an API key cost?', [
      'It cannot make others.\n\nAn API key costs one dollar.',
    ]);

    expect(written).toContain('**Handbook**\n\nAn API key costs one dollar. [1]');
  });

  it('takes a question before a paragraph for its heading', async () => {
    const written = await answer('Can I return something?', [
      '**Can I send something back?**\n\nYes, you can return it within 30 days.\n\n**Is there a shop?**\n\nNo.',
    ]);

    expect(written).toContain(
      '**Handbook › Can I send something back?**\n\nYes, you can return it within 30 days. [1]',
    );
  });
});

describe('what the passages do not say', () => {
  it.each([
    'Does it work with WhatsApp?',
    'What is the password of the wireless network?',
    'Who is the chief executive of the company?',
  ])('is said kindly: %s', async (question) => {
    const written = await answer(question, [
      '## Passwords\n\nA password has 14 characters. It works with an app.',
      '## Company\n\nThe company has an office.',
    ]);

    expect(written).toMatch(/^The documents do not answer this\. Try other words/);
  });

  it('leaves no sources', () => {
    const passages = [toPassage('The office is in Lisbon.', 0)];
    const messages = [{ role: 'user' as const, content: 'Does it work with WhatsApp?' }];

    const quoted = createQuotingModel().quote?.({
      system: '',
      messages,
      passages,
      outcome: 'found',
      maxOutputTokens: 9,
    });

    expect(quoted).toMatchObject({ outcome: 'not_in_documents', passages: [] });
  });

  it('answers from passages that retrieval doubted, where they say it in other words', async () => {
    const written = await answer('How long is the warranty?', ['## Guarantee\n\nThe guarantee is two years.'], {
      outcome: 'not_in_documents',
    });

    expect(written).toContain('The guarantee is two years. [1]');
  });
});
