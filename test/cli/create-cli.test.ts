import { describe, expect, it } from 'vitest';
import type { Check } from '../../cli/command-line.ts';
import { createUsers } from '../../core/users/users.ts';
import manifest from '../../package.json' with { type: 'json' };
import { createTestCli } from '../support/test-cli.ts';
import { createTestKnowledge } from '../support/test-knowledge.ts';

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
    for (const command of ['start', 'add', 'list', 'sync', 'remove', 'search', 'slack-manifest', 'doctor'])
      expect(cli.output()).toContain(command);
  });

  it('explains each command, starting among them', async () => {
    await using t = await createTestKnowledge();

    for (const command of ['start', 'add', 'doctor', 'version']) {
      const cli = createTestCli(t);
      expect(await cli.run([command, '--help'])).toBe(0);
      expect(cli.output()).toContain(`Usage: parley ${command}`);
    }
  });

  it('refuses an option that starting does not have, instead of starting without it', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    expect(await cli.run(['start', '--port', '80'])).toBe(2);
    expect(cli.errors()).toContain("unknown option '--port'");
  });
});

describe('parley --version', () => {
  it.each([['--version'], ['-V'], ['version']])('is told by %s alone', async (option) => {
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
