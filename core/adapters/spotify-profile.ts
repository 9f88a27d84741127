import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { ProfileReader } from '../ports/profile-reader.ts';
import { createProfileApi, ifThere } from './profile-api.ts';
import { fact, quoted } from './profile-markdown.ts';

const artistShape = z.object({ name: z.string(), genres: z.array(z.string()).nullish() });
const trackShape = z.object({ name: z.string(), artists: z.array(z.object({ name: z.string() })).default([]) });
const artistsShape = z.object({ items: z.array(artistShape) });
const tracksShape = z.object({ items: z.array(trackShape) });
const playedShape = z.object({ items: z.array(z.object({ track: trackShape })) });
const none = { items: [] };

const MOST_ARTISTS = 20;
const MOST_TRACKS = 15;
/** The same track over and over is told once. */
const MOST_PLAYED = 20;

/** Top artists and tracks, and what was played last: https://developer.spotify.com/documentation/web-api */
export function createSpotifyProfile({ baseUrl }: { baseUrl: string }): ProfileReader {
  const asPerson = createProfileApi({ name: 'Spotify', baseUrl });
  return {
    provider: 'spotify',
    title: 'Your music on Spotify: what you like to listen to',
    reads: 'The artists and songs you listen to most, and what you played last.',
    scopes: ['user-top-read', 'user-read-recently-played'],

    async read(accessToken, { signal }) {
      const api = asPerson(accessToken, { signal });
      const top = (what: 'artists' | 'tracks', range: string, most: number) =>
        `/me/top/${what}?time_range=${range}_term&limit=${most}`;
      const parts = await Promise.all([
        ifThere(api.get(top('artists', 'short', MOST_ARTISTS), artistsShape)),
        ifThere(api.get(top('artists', 'medium', MOST_ARTISTS), artistsShape)),
        ifThere(api.get(top('tracks', 'short', MOST_TRACKS), tracksShape)),
        ifThere(api.get(top('tracks', 'medium', MOST_TRACKS), tracksShape)),
        ifThere(api.get('/me/player/recently-played?limit=50', playedShape)),
      ]);
      if (parts.every((part) => part === null)) {
        throw new AppError('forbidden', 'Spotify does not let us read this. Switch it off and on again to allow it.');
      }
      const [artists, artistsBefore, tracks, tracksBefore, played] = parts;
      const lastPlayed = [...new Set((played ?? none).items.map(({ track }) => toSong(track)))].slice(0, MOST_PLAYED);
      const facts = [
        ...fact(
          'Artists you listen to most these days, good to listen to today or tonight',
          (artists ?? none).items.map(toArtist),
        ),
        ...fact('Songs you listen to most these days', (tracks ?? none).items.map(toSong)),
        ...fact('Artists you have liked to listen to for half a year', (artistsBefore ?? none).items.map(toArtist)),
        ...fact('Songs you have liked to listen to for half a year', (tracksBefore ?? none).items.map(toSong)),
        ...fact('What you played and listened to last, newest first', lastPlayed),
      ];
      const known = facts.length > 0 ? facts : ['- Spotify does not know yet what you listen to.'];
      return `${INTRODUCTION}\n\n${known.join('\n')}\n`;
    },
  };
}

/** In the words of those who ask for music, as they may share none with the names below it. */
const INTRODUCTION =
  'Your own taste in music, to choose or recommend what to listen to; your favourite artists, bands, genres, songs and tracks:';

function toArtist({ name, genres }: z.output<typeof artistShape>): string {
  const kinds = (genres ?? []).slice(0, 2).map(quoted).join(', ');
  return kinds === '' ? quoted(name) : `${quoted(name)} (${kinds})`;
}

function toSong({ name, artists }: z.output<typeof trackShape>): string {
  const makers = artists.slice(0, 3).map((artist) => quoted(artist.name));
  return `“${quoted(name)}”${makers.length > 0 ? ` by ${makers.join(' and ')}` : ''}`;
}
