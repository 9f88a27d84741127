import type { createFakeSignInProvider } from './fake-sign-in-provider.ts';

type Fake = Awaited<ReturnType<typeof createFakeSignInProvider>>;

const song = (name: string, artist: string) => ({ name, artists: [{ name: artist }] });

/** Spotify's answers for somebody who likes jazz, as its reference has them. */
export function serveSpotify(fake: Fake, { artists = ['Nina Simone', 'Alice Coltrane'] } = {}): void {
  const scope = 'user-top-read';
  const top = artists.map((name) => ({ name, genres: ['jazz'], popularity: 60 }));
  fake.pages.set('/me/top/artists', { scope, body: { items: top, total: top.length } });
  fake.pages.set('/me/top/tracks', { scope, body: { items: [song('Feeling Good', 'Nina Simone')] } });
  const played = [song('Journey in Satchidananda', 'Alice Coltrane'), song('Feeling Good', 'Nina Simone')];
  fake.pages.set('/me/player/recently-played', {
    scope: 'user-read-recently-played',
    body: { items: [...played, ...played].map((track) => ({ track, played_at: '2026-03-01T20:00:00Z' })) },
  });
}

export function serveGitHub(fake: Fake): void {
  fake.pages.set('/user', {
    body: { login: 'ada', bio: 'Writes engines', company: '@analytical', location: 'London', public_repos: 2 },
  });
  fake.pages.set('/users/ada/repos?type=owner&sort=pushed&per_page=100', {
    body: [
      { name: 'bernoulli', description: 'Numbers by a machine', language: 'C', stargazers_count: 12 },
      { name: 'hidden', description: 'not for the world', language: 'C', private: true },
      { name: 'loom_cards', description: null, language: null, stargazers_count: 1, fork: true },
    ],
  });
}

export function serveTwitch(fake: Fake, id: string): void {
  const user = { id, login: 'ada', display_name: 'Ada', description: 'Chess in the evenings' };
  fake.pages.set('/users', { body: { data: [user] } });
  fake.pages.set(`/channels?broadcaster_id=${id}`, {
    body: { data: [{ title: 'Endgames', game_name: 'Chess', broadcaster_language: 'en', tags: ['English', 'Cozy'] }] },
  });
  fake.pages.set(`/channels/followers?broadcaster_id=${id}&first=1`, { body: { total: 42, data: [] } });
}
