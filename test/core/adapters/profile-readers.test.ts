import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createProfileReaders } from '../../../composition/create-profile-readers.ts';
import { parseConfig } from '../../../config.ts';
import { quoted } from '../../../core/adapters/profile-markdown.ts';
import type { ProfileProvider, ProfileReader } from '../../../core/ports/profile-reader.ts';
import { signInAt } from '../../support/fake-sign-in-provider.ts';
import { serveGitHub, serveSpotify, serveTwitch } from '../../support/profile-pages.ts';
import { createTestSignIn, toProviderSettings } from '../../support/test-sign-in.ts';

const signal = new AbortController().signal;

describe('reading profiles', () => {
  let signIns: Awaited<ReturnType<typeof createTestSignIn>>;
  let readers: ProfileReader[];
  let token = '';
  beforeAll(async () => {
    signIns = await createTestSignIn();
    readers = await createProfileReaders(parseConfig(toProviderSettings(signIns.fake.url)));
    signIns.fake.person = { id: '1' };
    const scopes = readers.flatMap((reader) => [...reader.scopes]);
    token = (await signInAt(signIns.getProvider('spotify'), scopes)).tokens.accessToken;
  });
  beforeEach(() => {
    serveSpotify(signIns.fake);
    serveGitHub(signIns.fake);
    serveTwitch(signIns.fake, '1');
    signIns.fake.asked.length = 0;
  });
  afterAll(() => signIns[Symbol.asyncDispose]());

  const read = async (provider: ProfileProvider, accessToken = token) =>
    readers.find((reader) => reader.provider === provider)?.read(accessToken, { signal });

  it('tells the top artists and tracks of Spotify, and what was played last, each song once', async () => {
    expect(await read('spotify')).toBe(
      `${[
        'Your own taste in music, to choose or recommend what to listen to; your favourite artists, bands, genres, songs and tracks:',
        '',
        '- Artists you listen to most these days, good to listen to today or tonight: Nina Simone (jazz), Alice Coltrane (jazz).',
        '- Songs you listen to most these days: “Feeling Good” by Nina Simone.',
        '- Artists you have liked to listen to for half a year: Nina Simone (jazz), Alice Coltrane (jazz).',
        '- Songs you have liked to listen to for half a year: “Feeling Good” by Nina Simone.',
        '- What you played and listened to last, newest first: “Journey in Satchidananda” by Alice Coltrane, “Feeling Good” by Nina Simone.',
      ].join('\n')}\n`,
    );
    expect(signIns.fake.asked.sort()).toEqual([
      '/me/player/recently-played?limit=50',
      '/me/top/artists?time_range=medium_term&limit=20',
      '/me/top/artists?time_range=short_term&limit=20',
      '/me/top/tracks?time_range=medium_term&limit=15',
      '/me/top/tracks?time_range=short_term&limit=15',
    ]);
  });

  it('says so when Spotify knows nothing yet', async () => {
    for (const page of signIns.fake.pages.values()) page.body = { items: [] };

    expect(await read('spotify')).toContain('does not know yet');
  });

  it.each([403, 404])('tells what there is where a part is answered with %i', async (status) => {
    for (const path of ['/me/top/tracks', '/me/player/recently-played'])
      signIns.fake.pages.set(path, { status, body: {} });
    signIns.fake.pages.set('/users/ada/repos?type=owner&sort=pushed&per_page=100', { status, body: {} });
    signIns.fake.pages.set('/channels?broadcaster_id=1', { status, body: {} });

    expect(await read('spotify')).toMatch(
      /tonight: Nina Simone \(jazz\), Alice Coltrane \(jazz\)\.\n- Artists you have/,
    );
    expect(await read('github')).toContain('- What you say about yourself (bio): Writes engines.');
    expect(await read('twitch')).toContain('- How your channel is described: Chess in the evenings.');
  });

  it('keeps what it had of Spotify where a part is only in trouble, and where nothing may be read', async () => {
    signIns.fake.pages.set('/me/top/tracks', { status: 503, body: {} });
    await expect(read('spotify')).rejects.toMatchObject({ code: 'fetch_failed' });

    for (const path of signIns.fake.pages.keys()) signIns.fake.pages.set(path, { status: 403, body: {} });
    await expect(read('spotify')).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('tells a song without its artists', async () => {
    signIns.fake.pages.set('/me/top/tracks', { body: { items: [{ name: 'Untitled' }] } });

    expect(await read('spotify')).toContain('- Songs you listen to most these days: “Untitled”.');
  });

  it('tells the bio and the public repositories of GitHub', async () => {
    expect(await read('github')).toBe(
      `${[
        '- You are known there as: ada.',
        '- What you say about yourself (bio): Writes engines.',
        '- The company you work at: @analytical.',
        '- Where you are (location): London.',
        '- Programming languages of your repositories, most used first: C.',
        '',
        '## Your repositories and projects, those you worked on last first',
        '',
        '- bernoulli (C, 12 stars): Numbers by a machine',
        '- loom_cards (1 star, a fork)',
      ].join('\n')}\n`,
    );
  });

  it('tells the channel of Twitch, with followers where they are told', async () => {
    const facts = [
      '- Your channel on Twitch is: ada.',
      '- How your channel is described: Chess in the evenings.',
      '- Title of your stream: Endgames.',
      '- Game or category you stream: Chess.',
      '- Language you stream in: en.',
      '- Tags of your stream: English, Cozy.',
    ];
    expect(await read('twitch')).toBe(`${[...facts, '- Followers of your channel: 42.'].join('\n')}\n`);

    signIns.fake.pages.set('/channels/followers?broadcaster_id=1&first=1', { status: 401, body: {} });
    expect(await read('twitch')).toBe(`${facts.join('\n')}\n`);
  });

  it.each([
    [{ status: 401 }, { code: 'unauthorized' }],
    [{ status: 403 }, { code: 'forbidden' }],
    [
      { status: 429, headers: { 'retry-after': '17' } },
      { code: 'rate_limited', retryAfterSeconds: 17 },
    ],
    [{ status: 429 }, { code: 'rate_limited', retryAfterSeconds: 300 }],
    [
      { status: 403, headers: { 'retry-after': '60' } },
      { code: 'rate_limited', retryAfterSeconds: 60 },
    ],
    [{ status: 500 }, { code: 'fetch_failed' }],
    [{ status: 302, headers: { location: 'http://127.0.0.1:1/' } }, { code: 'fetch_failed' }],
    [{ status: 200 }, { code: 'fetch_failed' }],
  ])('takes an answer like %j for %j', async (page, refusal) => {
    signIns.fake.pages.set('/user', { body: { unexpected: true }, ...page });

    await expect(read('github')).rejects.toMatchObject(refusal);
  });

  it('waits until the limit of GitHub ends', async () => {
    const end = Math.floor(Date.now() / 1000) + 1000;
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(end) };
    signIns.fake.pages.set('/user', { status: 403, headers, body: {} });

    const refusal = await read('github').catch((error) => error);

    expect(refusal.code).toBe('rate_limited');
    expect(refusal.retryAfterSeconds).toBeGreaterThan(990);
    expect(refusal.retryAfterSeconds).toBeLessThanOrEqual(1001);
  });

  it('does not accept a token that is not valid', async () => {
    await expect(read('twitch', 'not-a-token')).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('reads the API beside the address of the profile, and only where people can sign in', async () => {
    const bare = await createProfileReaders(parseConfig({ GITHUB_CLIENT_ID: 'a', GITHUB_CLIENT_SECRET: 'b' }));

    expect(bare.map(({ provider }) => provider)).toEqual(['github']);
  });
});

describe('words of others in a profile', () => {
  it.each([
    ['a\n# Heading\r\n- item', 'a # Heading - item'],
    ['[click](https://evil.example) ![x](y)', '\\[click\\](https://evil.example) !\\[x\\](y)'],
    ['<b>*NSYNC*</b> `code`', '\\<b\\>\\*NSYNC\\*\\</b\\> \\`code\\`'],
    ['snake_case _all_', 'snake_case \\_all\\_'],
    ['see [1] and \u2028this\u0000', 'see \\[1\\] and this'],
    ['x'.repeat(400), `${'x'.repeat(300)}…`],
  ])('%j stay words, on one line', (text, line) => {
    expect(quoted(text)).toBe(line);
  });
});
