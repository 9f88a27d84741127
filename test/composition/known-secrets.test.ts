import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { createKnownSecrets } from '../../composition/known-secrets.ts';
import { createLogger } from '../../composition/logger.ts';
import { parseConfig } from '../../config.ts';
import { createEncryption } from '../../core/encryption/encryption.ts';

/** What a real logger writes to a file while `use` has it. */
async function logged(
  secrets: ReturnType<typeof createKnownSecrets>,
  use: (logger: ReturnType<typeof createLogger>) => void,
): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-log-'));
  const file = await open(path.join(folder, 'log'), 'w');
  try {
    use(createLogger({ level: 'info', isTerminal: false, secrets, fd: file.fd }));
    return await readFile(path.join(folder, 'log'), 'utf8');
  } finally {
    await file.close();
    await rm(folder, { recursive: true });
  }
}

const SECRETS = {
  OPENAI_API_KEY: 'plain words as a key',
  EMBEDDING_API_KEY: 'embedding/key+1',
  DISCORD_TOKEN: 'discord"token\\of mine',
  SLACK_SIGNING_SECRET: 'signing secret',
  STRIPE_SECRET_KEY: 'stripe secret',
  STRIPE_WEBHOOK_SECRET: 'stripe webhook secret',
  TWITCH_USERNAME: 'parleybot',
  TWITCH_CHANNELS: 'ada',
  TWITCH_ACCESS_TOKEN: 'twitchtoken',
  GITHUB_CLIENT_ID: 'an id',
  GITHUB_CLIENT_SECRET: 'github secret',
  QDRANT_URL: 'http://qdrant.example',
  QDRANT_API_KEY: 'qdrant key',
  DATABASE_URL: 'postgres://ada:p%40ssword99@db.example/parley',
  JWT_SECRET: 'a jwt secret that is long enough to be one',
  ENCRYPTION_KEYS: Buffer.alloc(32, 3).toString('base64'),
} as const;

const NO_SECRETS = ['TWITCH_USERNAME', 'TWITCH_CHANNELS', 'GITHUB_CLIENT_ID', 'QDRANT_URL', 'DATABASE_URL'];

describe('the log', () => {
  it('repeats no secret that others have written in their own way', async () => {
    const key = 'aB3/x+Y Zq7%wK9"mn';
    const bytes = Buffer.from(key);
    const forms = [
      encodeURIComponent(key).replace(/%../g, (code) => code.toLowerCase()),
      new URLSearchParams({ key }).toString().slice('key='.length),
      encodeURIComponent(encodeURIComponent(key)),
      bytes.toString('base64'),
      bytes.toString('base64url'),
      bytes.toString('hex'),
      JSON.stringify(JSON.stringify(key)).slice(3, -3),
    ];

    const written = await logged(createKnownSecrets({ OPENAI_API_KEY: key }), (logger) => {
      for (const form of forms) logger.warn(`it said ${form} again`);
    });

    for (const form of forms) expect(written).not.toContain(form);
  });

  it('repeats no configured secret, in whatever field and form it comes', async () => {
    const config = parseConfig(SECRETS);
    const values = [
      ...Object.entries(SECRETS)
        .filter(([name]) => !NO_SECRETS.includes(name))
        .map(([, value]) => value),
      'p@ssword99',
    ];

    const written = await logged(createKnownSecrets(config), (logger) => {
      for (const value of values) {
        logger.warn({ reason: `it said ${value}!`, err: new Error(`no such key: ${value}`) }, `refused ${value}`);
        logger.warn({ address: `https://x.example/?key=${encodeURIComponent(value)}` }, 'refused');
      }
    });

    for (const value of values) {
      for (const form of [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]) {
        expect(written).not.toContain(form);
      }
    }
    expect(written.trim().split('\n')).toHaveLength(values.length * 2);
    expect(
      written
        .trim()
        .split('\n')
        .every((line) => JSON.parse(line).time),
    ).toBe(true);
  });

  it('hides the passwords of a database wherever its address has them', () => {
    const secrets = createKnownSecrets({
      DATABASE_URL: 'postgres://a:open%20sesame@/parley?host=/run/postgresql&sslpassword=of-the-key',
      DATABASE_DIRECT_URL: 'postgres://a@db/parley?password=swordfish',
    });

    expect(secrets.hide('open sesame, open%20sesame, of-the-key, swordfish')).toBe(
      '[redacted], [redacted], [redacted], [redacted]',
    );
  });

  it('repeats no secret that was stored or read, alone or among other things', async () => {
    const secrets = createKnownSecrets();
    const encryption = createEncryption({ keys: [Buffer.alloc(32, 1)], onSecret: secrets.remember });
    encryption.decrypt(encryption.encrypt('my own provider key', 'x'), 'x');
    encryption.encrypt(JSON.stringify({ accessToken: 'access of ada', login: 'ada-lovelace' }), 'x');

    const written = await logged(secrets, (logger) => {
      logger.warn({ reason: 'my own provider key is not known' }, 'access of ada was refused for ada-lovelace');
    });

    expect(written).not.toMatch(/my own provider key|access of ada/);
    expect(written).toContain('ada-lovelace');
  });

  it('repeats nothing shaped like a key in whatever field it comes, and stays readable for programs', async () => {
    const written = await logged(createKnownSecrets(), (logger) => {
      logger.warn({ url: 'http://localhost:3000', reason: 'ada@example.com gave xoxb-12-34' }, 'not Bearer abcdef123');
      logger.info({ address: 'https://ada:hunter22@x.example/', firstTokenMs: 12, tokens: 3 }, 'done');
    });

    const [first, second] = written
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({
      url: 'http://localhost:3000',
      reason: 'ada@example.com gave [redacted]',
      msg: 'not [redacted]',
    });
    expect(second).toMatchObject({ address: 'https://ada:[redacted]@x.example/', firstTokenMs: 12, tokens: 3 });
  });

  it('forgets the secrets it heard long ago, and none that it was started with', () => {
    const secrets = createKnownSecrets({ OPENAI_API_KEY: 'the first of all' });
    secrets.remember('an early secret');
    for (let number = 0; number < 500; number += 1) secrets.remember(`secret number ${number} of many`);

    expect(secrets.hide('the first of all, an early secret, secret number 499 of many')).toBe(
      '[redacted], an early secret, [redacted]',
    );
  });

  it('has status and code of what a server answered, and nothing of its text', async () => {
    const body = { error: { message: 'Your prompt "my wife has left me" is too long', code: 'too_long', type: 't' } };
    const error = OpenAI.APIError.generate(400, body, undefined, new Headers());

    const written = await logged(createKnownSecrets(), (logger) =>
      logger.warn({ err: new Error('no answer', { cause: error }) }, 'it failed'),
    );

    expect(written).not.toContain('my wife');
    expect(JSON.parse(written).err).toMatchObject({
      message: 'no answer',
      cause: { code: 'too_long', status: 400, message: 'answered with status 400' },
    });
  });
});
