import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig, settings } from '../config.ts';

function problemsOf(env: Record<string, string>): string[] {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('settings', () => {
  it('need nothing at all', () => {
    expect(parseConfig({})).toMatchObject({ PORT: 3000, HOST: '127.0.0.1', WIDGET_ORIGINS: ['http://localhost:3000'] });
  });

  it('names every wrong variable at once, and no value', () => {
    const problems = problemsOf({ PORT: 'eighty', LOG_LEVEL: 'loud', QDRANT_URL: 'secret-host' });

    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['PORT', 'LOG_LEVEL', 'QDRANT_URL']);
    expect(problems.join()).not.toMatch(/eighty|loud|secret-host/);
  });

  it('wants secrets of its own with a database of its own', () => {
    expect(problemsOf({ DATABASE_URL: 'postgres://a:b@localhost/parley' })).toEqual([
      expect.stringContaining('JWT_SECRET is needed'),
      expect.stringContaining('ENCRYPTION_KEYS is needed'),
    ]);
  });

  it('names what does not go together along with what is wrong by itself, and nothing twice', () => {
    const problems = problemsOf({
      DATABASE_URL: 'postgres://a:b@localhost/parley',
      JWT_SECRET: 'short',
      PORT: 'eighty',
      WIDGET_ORIGINS: 'example.com',
      GITHUB_CLIENT_ID: 'id',
    });

    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'PORT',
      'JWT_SECRET',
      'WIDGET_ORIGINS',
      'ENCRYPTION_KEYS',
      'GITHUB_CLIENT_ID',
    ]);
  });

  it.each(['https://example.com/parley', 'https://example.com/?a=b', 'https://ada:pw@example.com'])(
    'wants a host name of its own for Parley, and refuses %s',
    (address) => {
      expect(problemsOf({ PUBLIC_URL: address })).toEqual([expect.stringContaining('PUBLIC_URL must have nothing')]);
    },
  );

  it('takes a public address in the ways people write it', () => {
    const read = (address: string) => parseConfig({ PUBLIC_URL: address }).PUBLIC_URL;

    expect(['https://Ask.Example.com/', 'https://ask.example.com:443'].map(read)).toEqual([
      'https://ask.example.com',
      'https://ask.example.com',
    ]);
  });

  it('counts an empty variable as absent', () => {
    expect(parseConfig({ QDRANT_URL: '', PORT: ' ' })).toEqual(parseConfig({}));
  });

  it('refuses a website that is more than an origin', () => {
    expect(problemsOf({ WIDGET_ORIGINS: 'https://example.com/shop' })).toEqual([
      expect.stringContaining('WIDGET_ORIGINS'),
    ]);
  });

  it('takes a website with the slash that browsers show', () => {
    expect(parseConfig({ WIDGET_ORIGINS: 'https://example.com/, *' }).WIDGET_ORIGINS).toEqual([
      'https://example.com',
      '*',
    ]);
  });

  it('refuses keys that are too short', () => {
    expect(problemsOf({ ENCRYPTION_KEYS: 'c2hvcnQ=' })).toEqual([expect.stringContaining('ENCRYPTION_KEYS')]);
  });

  it('takes along addresses and keys of further model servers, but no address that is none', () => {
    const { modelServerSettings } = parseConfig({
      GROQ_BASE_URL: 'https://api.groq.com/openai/v1/',
      GROQ_API_KEY: ' gsk-1 ',
      LOCAL_BASE_URL: 'localhost',
      HOME: '/root',
    });

    expect(modelServerSettings).toEqual({ GROQ_BASE_URL: 'https://api.groq.com/openai/v1', GROQ_API_KEY: 'gsk-1' });
  });

  it('stands in .env.example, each one, and nothing else does', async () => {
    const example = await readFile(new URL('../.env.example', import.meta.url), 'utf8');
    const listed = [...example.matchAll(/^# ?([A-Z][A-Z0-9_]+)=/gm)].map((match) => match[1]);

    expect(listed).toEqual(Object.keys(settings.shape));
  });

  it('stands in the table of the README, each one, and nothing else does', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    const table = readme.slice(readme.indexOf('## Settings'));
    const listed = [...table.matchAll(/^\| `([A-Z][A-Z0-9_]+)`/gm)].map((match) => match[1]);

    expect(listed).toEqual(Object.keys(settings.shape));
  });
});
