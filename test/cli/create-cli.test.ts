import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Check } from '../../cli/command-line.ts';
import { createCli } from '../../cli/create-cli.ts';
import type { Rotation } from '../../core/encryption/rotate-keys.ts';
import type { Viewer } from '../../core/knowledge/audience.ts';
import type { RetrievalResult } from '../../core/retrieval/retrieval.ts';
import { createUsers } from '../../core/users/users.ts';
import { createOperatorCredits } from '../../core/wallet/operator-credits.ts';
import { createWallets } from '../../core/wallet/wallets.ts';
import manifest from '../../package.json' with { type: 'json' };
import { createTestKnowledge, type TestKnowledge } from '../support/test-knowledge.ts';
import { systemClock } from '../support/test-turns.ts';

interface Options {
  input?: string;
  checks?: Check[];
  rotations?: Rotation[];
  found?: Partial<RetrievalResult>;
  interrupted?: AbortSignal;
}

/** The command line on real knowledge; what it printed is text, one line after the other. */
function createTestCli(t: TestKnowledge, options: Options = {}) {
  const printed: string[] = [];
  const complaints: string[] = [];
  const viewers: Viewer[] = [];
  let open = 0;
  const cli = createCli({
    open: async () => {
      open += 1;
      return {
        knowledge: t.knowledge,
        retrieval: {
          async retrieve({ viewer }) {
            viewers.push(viewer);
            return { outcome: 'found', passages: [], confidence: 0.9, ...options.found };
          },
        },
        operatorCredits: createOperatorCredits({
          db: t.db,
          wallets: createWallets({ db: t.db, clock: systemClock, openingMicros: 0, freeDailyMicros: 0 }),
        }),
        close: async () => {
          open -= 1;
        },
      };
    },
    rotateKeys: async () => options.rotations ?? [],
    checks: () => options.checks ?? [],
    print: (text) => printed.push(text),
    complain: (text) => complaints.push(text),
    readInput: async () => options.input ?? '',
    isWatched: false,
    interrupted: options.interrupted ?? new AbortController().signal,
  });
  return {
    run: cli.run,
    output: () => printed.join('\n'),
    errors: () => complaints.join('\n'),
    viewers,
    /** What was opened and not closed again. */
    stillOpen: () => open,
  };
}

describe('parley add', () => {
  it('reads what was named and says what it did', async () => {
    await using t = await createTestKnowledge();
    await t.write('docs/a.md', 'Text.');
    await t.write('docs/b.json', '{}');
    const cli = createTestCli(t);

    const code = await cli.run(['add', path.join(t.folder, 'docs'), '--title', 'Handbook', '--audience', 'slack:T1']);

    expect(code).toBe(0);
    expect(cli.output()).toContain('Handbook: 1 added, 0 changed, 0 unchanged, 0 removed, 1 skipped.');
    expect(cli.output()).toContain('skipped b.json: JSON is read as questions and answers');
    expect(await t.knowledge.list()).toMatchObject([{ title: 'Handbook', audience: ['slack:T1'] }]);
    expect(cli.stillOpen()).toBe(0);
  });

  it('takes text from standard input', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t, { input: 'We open at nine.' });

    expect(await cli.run(['add', '-', '--title', 'Hours'])).toBe(0);
    expect(t.texts()).toEqual(['We open at nine.']);
  });

  it('takes several paths, as a shell makes them of a glob', async () => {
    await using t = await createTestKnowledge();
    const files = [await t.write('a.md', 'A.'), await t.write('b.md', 'B.')];

    expect(await createTestCli(t).run(['add', ...files])).toBe(0);
    expect(t.texts()).toEqual(['A.', 'B.']);
  });

  it('prints JSON when asked', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    await cli.run(['add', await t.write('a.md', 'A.'), '--json']);

    expect(JSON.parse(cli.output())).toMatchObject({
      sources: [{ title: 'a.md', state: 'synced', added: 1, skipped: [] }],
      embedded: 1,
    });
  });

  it.each([
    [['--audience', 'everybody'], '"everybody" is not an audience. Use public, or spaces separated by commas'],
    [['--url-base', 'nonsense'], 'nonsense is not an address'],
  ])('refuses %j with exit code 2', async (extra, complaint) => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    expect(await cli.run(['add', await t.write('a.md', 'A.'), ...extra])).toBe(2);
    expect(cli.errors()).toContain(complaint);
    expect(await t.knowledge.list()).toEqual([]);
    expect(cli.stillOpen()).toBe(0);
  });

  it('refuses a path that does not exist with exit code 2', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    expect(await cli.run(['add', '/does/not/exist'])).toBe(2);
    expect(cli.errors()).toBe('There is nothing at /does/not/exist.');
  });

  it('answers wrong input in JSON, too', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    await cli.run(['add', '/does/not/exist', '--json']);

    expect(JSON.parse(cli.errors())).toEqual({
      error: { code: 'invalid_request', message: 'There is nothing at /does/not/exist.' },
    });
  });
});

describe('parley list', () => {
  it('shows what there is and what is wrong with it', async () => {
    await using t = await createTestKnowledge();
    await t.write('docs/a.md', 'A.');
    await t.write('docs/b.pdf', 'no PDF');
    await createTestCli(t).run(['add', path.join(t.folder, 'docs')]);
    const cli = createTestCli(t);

    expect(await cli.run(['list'])).toBe(0);

    expect(cli.output()).toContain('docs  (folder, public)');
    expect(cli.output()).toContain('1 document, 1 passage, synced 2026-03-01T12:00:00.000Z');
    expect(cli.output()).toContain('skipped b.pdf: The file is damaged');
  });

  it('says how to begin when there is nothing', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    await cli.run(['list']);

    expect(cli.output()).toBe('There are no sources yet. Add one: parley add ./docs');
  });

  it('prints JSON when asked', async () => {
    await using t = await createTestKnowledge();
    await createTestCli(t).run(['add', await t.write('a.md', 'A.')]);
    const cli = createTestCli(t);

    await cli.run(['list', '--json']);

    expect(JSON.parse(cli.output())).toMatchObject({ items: [{ kind: 'file', documents: 1, chunks: 1 }] });
  });
});

describe('parley sync', () => {
  it('ends with exit code 1 when a source could not be synced', async () => {
    await using t = await createTestKnowledge();
    await t.write('docs/a.md', 'A.');
    await t.knowledge.add({ location: path.join(t.folder, 'docs') });
    await t.db('sources').update({ location: '/gone' });
    const cli = createTestCli(t);

    expect(await cli.run(['sync'])).toBe(1);
    expect(cli.output()).toContain('docs: failed. There is no folder at /gone any more');
  });

  it('refuses a source that does not exist with exit code 2', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    expect(await cli.run(['sync', 'nothing'])).toBe(2);
    expect(cli.errors()).toBe('There is no source nothing. See: parley list');
  });

  it('ends with exit code 130 when interrupted, and says that nothing is lost', async () => {
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: await t.write('a.md', 'A.') });
    const cli = createTestCli(t, { interrupted: AbortSignal.abort() });

    expect(await cli.run(['sync'])).toBe(130);
    expect(cli.errors()).toBe('Stopped. Nothing is lost: run the same command again and it continues.');
    expect(cli.stillOpen()).toBe(0);
  });
});

describe('parley remove', () => {
  it('takes a source away', async () => {
    await using t = await createTestKnowledge();
    await createTestCli(t).run(['add', await t.write('a.md', 'A.'), '--title', 'Guide']);
    const cli = createTestCli(t);

    expect(await cli.run(['remove', 'Guide'])).toBe(0);
    expect(cli.output()).toBe('Removed Guide.');
    expect(t.texts()).toEqual([]);
  });

  it('says how to get the own documentation back', async () => {
    await using t = await createTestKnowledge();
    await t.knowledge.ensureOwnDocuments({ enabled: true });
    const cli = createTestCli(t);

    await cli.run(['remove', 'Parley documentation']);

    expect(cli.output()).toContain('parley add parley:documentation');
  });
});

describe('parley search', () => {
  const passage = {
    n: 1,
    chunkId: 'c1',
    title: 'Guide',
    headings: ['Install'],
    url: 'https://x.org/#install',
    text: 'Run it.',
    score: 0.87654,
  };

  it('shows passages and scores', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t, { found: { passages: [passage] } });

    expect(await cli.run(['search', 'how', 'to', 'install?'])).toBe(0);
    expect(cli.output().split('\n')).toEqual([
      'The documents answer this (confidence 0.90).',
      '',
      '[1] 0.877  Guide › Install',
      '    https://x.org/#install',
      '    Run it.',
    ]);
  });

  it('searches as nobody in particular, in the open', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    await cli.run(['search', 'x']);
    await cli.run(['search', 'x', '--audience', 'discord:1']);

    expect(cli.viewers).toEqual([
      { userId: '', space: null, isPrivate: false },
      { userId: '', space: 'discord:1', isPrivate: false },
    ]);
  });

  it('ends with exit code 1 when the index cannot be reached', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t, { found: { outcome: 'unavailable' } });

    expect(await cli.run(['search', 'x'])).toBe(1);
    expect(cli.output()).toContain('parley doctor');
  });

  it('prints JSON when asked', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t, { found: { passages: [passage] } });

    await cli.run(['search', 'x', '--json']);

    expect(JSON.parse(cli.output())).toMatchObject({
      outcome: 'found',
      passages: [{ n: 1, chunk_id: 'c1', score: 0.87654 }],
    });
  });
});

describe('parley rotate-keys', () => {
  const rotation = { table: 'provider_keys', column: 'api_key', rotated: 2, current: 3, unreadable: [] as string[] };

  it('counts what it encrypted again, column by column', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t, { rotations: [rotation] });

    expect(await cli.run(['rotate-keys'])).toBe(0);
    expect(cli.output()).toContain('provider_keys.api_key: 2 encrypted again, 3 were already, 0 cannot be read.');
  });

  it('names each secret whose key is lost, what to do, and fails', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t, { rotations: [{ ...rotation, unreadable: ['row-7'] }] });

    expect(await cli.run(['rotate-keys'])).toBe(1);
    expect(cli.output()).toContain('cannot be read: provider_keys row-7');
    expect(cli.output()).toMatch(/ENCRYPTION_KEYS/);
  });

  it('prints JSON when asked', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t, { rotations: [rotation] });

    await cli.run(['rotate-keys', '--json']);

    expect(JSON.parse(cli.output())).toEqual({ columns: [rotation] });
  });
});

describe('parley doctor', () => {
  const ok: Check = { name: 'Database', run: async () => ({ state: 'ok', detail: 'embedded' }) };
  const off: Check = {
    name: 'Model',
    run: async () => ({ state: 'off', detail: 'answers are quoted', fix: 'Set OPENAI_API_KEY.' }),
  };
  const broken: Check = { name: 'Qdrant', run: () => Promise.reject(new Error('It cannot be reached.')) };

  it('is content with what works or is off', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t, { checks: [ok, off] });

    expect(await cli.run(['doctor'])).toBe(0);
    expect(cli.output()).toContain('✓ Database: embedded');
    expect(cli.output()).toContain('– Model: answers are quoted\n    Set OPENAI_API_KEY.');
  });

  it('ends with exit code 1 when something failed, and goes on with the rest', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t, { checks: [broken, ok] });

    expect(await cli.run(['doctor'])).toBe(1);
    expect(cli.output()).toContain('✗ Qdrant: It cannot be reached.');
    expect(cli.output()).toContain('✓ Database');
  });

  it('works while nothing else can be opened', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t, { checks: [ok] });

    await cli.run(['doctor', '--json']);

    expect(JSON.parse(cli.output())).toEqual({ checks: [{ name: 'Database', state: 'ok', detail: 'embedded' }] });
  });
});

describe('parley', () => {
  it.each([[['dance']], [['add']], [['list', '--loud']]])('refuses %j with exit code 2', async (args) => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    expect(await cli.run(args)).toBe(2);
    expect(cli.errors()).toContain('error:');
  });

  it('explains itself', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    expect(await cli.run(['--help'])).toBe(0);
    for (const command of ['add', 'list', 'sync', 'remove', 'search', 'doctor'])
      expect(cli.output()).toContain(command);
  });
});

describe('parley --version', () => {
  it.each([['--version'], ['-V']])('is told by %s alone', async (option) => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    expect(await cli.run([option])).toBe(0);
    expect(cli.output().trim()).toBe(manifest.version);
  });
});

describe('parley credit', () => {
  it('adds to the balance of whoever is meant, and says what it is then', async () => {
    await using t = await createTestKnowledge();
    const ada = await createUsers({ db: t.db }).findOrCreate({
      platform: 'discord',
      platformUserId: '812345678901234567',
      displayName: 'Ada',
    });
    const cli = createTestCli(t);

    expect(await cli.run(['credit', 'discord:812345678901234567', '500', '--note', 'paid in cash'])).toBe(0);
    expect(await cli.run(['credit', ada.id, '25', '--json'])).toBe(0);

    expect(cli.output()).toContain('Credited Ada with $5.00. The balance is $5.00 now.');
    expect(cli.output()).toContain('"balance_micros": 5250000');
    expect(cli.stillOpen()).toBe(0);
  });

  it.each([['0'], ['5.00'], ['$5'], ['1e3'], ['999999999']])('refuses the amount %s', async (amount) => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    expect(await cli.run(['credit', 'ada', amount])).toBe(2);

    expect(cli.errors()).toContain('whole US cents');
  });

  it('says how to name a person it does not know', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    expect(await cli.run(['credit', 'nobody', '5'])).toBe(2);

    expect(cli.errors()).toContain('There is nobody called nobody.');
  });
});
