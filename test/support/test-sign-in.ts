import { createSignInProviders } from '../../composition/create-sign-in-providers.ts';
import { parseConfig } from '../../config.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { SignInProvider } from '../../core/ports/sign-in-provider.ts';
import { clientId, clientSecret, createFakeSignInProvider } from './fake-sign-in-provider.ts';
import { systemClock } from './test-turns.ts';

export const publicUrl = 'https://parley.example';

/** What each provider tells of Ada, as its documentation has it. */
export const PEOPLE = {
  github: (id) => ({ id: Number(id), login: 'ada', name: 'Ada', email: null, avatar_url: 'https://x.example/a.png' }),
  google: (id) => ({ sub: id, name: 'Ada', email: 'ada@example.com', picture: 'https://x.example/a.png' }),
  spotify: (id) => ({
    id,
    display_name: 'Ada',
    email: 'ada@example.com',
    images: [{ url: 'https://x.example/a.png' }],
  }),
  twitch: (id) => ({ data: [{ id, login: 'ada', display_name: 'Ada', profile_image_url: 'https://x.example/a.png' }] }),
  discord: (id) => ({ id, username: 'ada', global_name: 'Ada', avatar: 'abc' }),
  slack: (id) => ({ sub: 'x', name: 'Ada', 'https://slack.com/user_id': id, 'https://slack.com/team_id': 'T1' }),
  oidc: (id) => ({ sub: id, name: 'Ada', email: 'ada@example.com', picture: 'https://x.example/a.png' }),
} satisfies Record<string, (id: string) => Record<string, unknown>>;

/** Settings with which every provider is at one stand-in. */
export function toProviderSettings(url: string): Record<string, string> {
  const env: Record<string, string> = { PUBLIC_URL: publicUrl, OIDC_ISSUER: url, OIDC_NAME: 'Our company' };
  for (const name of Object.keys(PEOPLE).map((id) => id.toUpperCase())) {
    env[`${name}_CLIENT_ID`] = clientId;
    env[`${name}_CLIENT_SECRET`] = clientSecret;
    if (name === 'OIDC') continue;
    env[`${name}_AUTHORIZE_URL`] = `${url}/authorize`;
    env[`${name}_TOKEN_URL`] = `${url}/token`;
    env[`${name}_USERINFO_URL`] = `${url}/userinfo`;
  }
  return env;
}

/** Every way to sign in, through the real adapter to one stand-in. */
export async function createTestSignIn({ clock = systemClock }: { clock?: Clock } = {}) {
  const fake = await createFakeSignInProvider({ person: {} });
  const providers = await createSignInProviders(parseConfig(toProviderSettings(fake.url)), { clock });
  return {
    fake,
    providers,
    getProvider(id: string): SignInProvider {
      const found = providers.find((provider) => provider.id === id);
      if (!found) throw new Error(`there is no provider ${id}`);
      return found;
    },
    [Symbol.asyncDispose]: () => fake.close(),
  };
}
