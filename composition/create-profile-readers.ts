import type { Config } from '../config.ts';
import { PROFILE_PROVIDERS, type ProfileProvider, type ProfileReader } from '../core/ports/profile-reader.ts';
import { findSignInServer } from './create-sign-in-providers.ts';

type Create = (options: { baseUrl: string; clientId: string }) => Promise<ProfileReader>;

// Loaded only when people can sign in there.
const READERS: Record<ProfileProvider, Create> = {
  spotify: async (options) => (await import('../core/adapters/spotify-profile.ts')).createSpotifyProfile(options),
  github: async (options) => (await import('../core/adapters/github-profile.ts')).createGitHubProfile(options),
  twitch: async (options) => (await import('../core/adapters/twitch-profile.ts')).createTwitchProfile(options),
};

/** Reads profiles at the providers that people can sign in with here, each where it also says who somebody is. */
export async function createProfileReaders(config: Config): Promise<ProfileReader[]> {
  const settings = config as unknown as Record<string, string | undefined>;
  const configured = PROFILE_PROVIDERS.filter((id) => settings[`${id.toUpperCase()}_CLIENT_SECRET`] !== undefined);
  return Promise.all(
    configured.map((id) => {
      const prefix = id.toUpperCase();
      const { userinfoUrl } = findSignInServer(config, id);
      const baseUrl = new URL('.', userinfoUrl).href.replace(/\/$/, '');
      return READERS[id]({ baseUrl, clientId: settings[`${prefix}_CLIENT_ID`] ?? '' });
    }),
  );
}
