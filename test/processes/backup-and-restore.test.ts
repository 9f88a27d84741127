import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { startFakeModelServer } from '../support/fake-model-server.ts';
import { ask, askAsVisitor, liveIn, lookAround, OWN_KEY, runCommand, settingsOf } from '../support/lived-in-parley.ts';
import { createTemporaryFolder, startParleyProcess } from '../support/parley-process.ts';

/** A dozen commands, each a process of its own. */
const PATIENCE_MS = 300_000;

it(
  'backs up while Parley answers, and gives everything back in another folder, once it is sure of the file',
  async () => {
    await using provider = await startFakeModelServer();
    const env = settingsOf(provider);
    await using home = await createTemporaryFolder();
    await using elsewhere = await createTemporaryFolder();
    const file = path.join(home.folder, 'parley.backup');
    const first = await startParleyProcess({ dataDir: home.folder, env });
    await liveIn(first, { dataDir: home.folder, provider });
    const before = await lookAround(first.url);

    const asking = Array.from({ length: 4 }, () => ask(first.url, before));
    const said = await runCommand(home.folder, ['backup', file]);
    await Promise.all(asking);
    expect(said).toMatch(/Wrote \d+ rows of \d+ tables into .*The secrets that were generated are in it/s);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await runCommand(home.folder, ['backup', file], {}, 2)).toContain('is there already');
    expect(await runCommand(home.folder, ['restore', file], {}, 1)).toMatch(/in use by another Parley.*Stop that one/s);
    await first.stop();

    const restored = await runCommand(elsewhere.folder, ['restore', file]);
    expect(restored).toMatch(/counts and sums are those of the backup.*The books add up/s);
    expect(restored).not.toContain(OWN_KEY);
    expect(await readFile(path.join(elsewhere.folder, 'data/secrets.json'), 'utf8')).toBe(
      await readFile(path.join(home.folder, 'data/secrets.json'), 'utf8'),
    );
    expect(await runCommand(elsewhere.folder, ['restore', file], {}, 2)).toMatch(/Somebody has used.*users \(/s);

    const second = await startParleyProcess({ dataDir: elsewhere.folder, env });
    const after = await lookAround(second.url);
    const { messages, sessions: _, ...kept } = after.found as { messages: { items: object[] }; sessions: unknown };
    expect(kept).toEqual(expect.objectContaining({ wallet: before.found.wallet, ledger: before.found.ledger }));
    expect(messages.items).toEqual(expect.arrayContaining((before.found.messages as { items: object[] }).items));
    const answer = await askAsVisitor(second.url);
    expect(answer).toMatchObject({ content: expect.stringContaining('412 metres') });
    await second.stop();
  },
  PATIENCE_MS,
);
