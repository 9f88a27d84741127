import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { ProfileReader } from '../ports/profile-reader.ts';
import { createProfileApi, ifThere } from './profile-api.ts';
import { fact, quoted } from './profile-markdown.ts';

const usersShape = z.object({
  data: z.array(z.object({ id: z.string(), login: z.string(), description: z.string().default('') })).min(1),
});
const channelsShape = z.object({
  data: z.array(
    z.object({
      title: z.string().default(''),
      game_name: z.string().default(''),
      broadcaster_language: z.string().default(''),
      tags: z.array(z.string()).nullish(),
    }),
  ),
});
const followersShape = z.object({ total: z.number() });

/** The channel and its description: https://dev.twitch.tv/docs/api/reference */
export function createTwitchProfile({ baseUrl, clientId }: { baseUrl: string; clientId: string }): ProfileReader {
  const asPerson = createProfileApi({ name: 'Twitch', baseUrl, headers: { 'client-id': clientId } });
  return {
    provider: 'twitch',
    title: 'Your Twitch channel: what you stream',
    reads: 'The description, title, category, language and tags of your channel, and how many follow it.',
    scopes: [],

    async read(accessToken, { signal }) {
      const api = asPerson(accessToken, { signal });
      const [user] = (await api.get('/users', usersShape)).data;
      if (!user) throw new AppError('fetch_failed', 'Twitch does not say whose channel this is.');
      const at = `broadcaster_id=${encodeURIComponent(user.id)}`;
      const [channels, followers] = await Promise.all([
        ifThere(api.get(`/channels?${at}`, channelsShape)),
        // Told or not, depending on the account.
        api.get(`/channels/followers?${at}&first=1`, followersShape).catch(() => null),
      ]);
      const channel = channels?.data[0];
      const facts = [
        ...fact('Your channel on Twitch is', [quoted(user.login)]),
        ...fact('How your channel is described', given(user.description)),
        ...fact('Title of your stream', given(channel?.title)),
        ...fact('Game or category you stream', given(channel?.game_name)),
        ...fact('Language you stream in', given(channel?.broadcaster_language)),
        ...fact('Tags of your stream', (channel?.tags ?? []).map(quoted)),
        ...fact('Followers of your channel', followers ? [String(followers.total)] : []),
      ];
      return `${facts.join('\n')}\n`;
    },
  };
}

function given(value: string | undefined): string[] {
  return value ? [quoted(value)] : [];
}
