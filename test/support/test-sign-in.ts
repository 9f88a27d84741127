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

type TestSignIn = Awaited<ReturnType<typeof createTestSignIn>>;

/** Every way to sign in, through the real adapter to one stand-in. */
export async function createTestSignIn({
  clock = systemClock,
  publicUrl: PUBLIC_URL = publicUrl,
  issuerPath = '',
}: {
  clock?: Clock;
  publicUrl?: string;
  issuerPath?: string;
} = {}) {
  const fake = await createFakeSignInProvider({ person: {}, issuerPath });
  const providers = await createSignInProviders(
    parseConfig({ ...toProviderSettings(fake.url), PUBLIC_URL, OIDC_ISSUER: fake.url + issuerPath }),
    {
      clock,
    },
  );
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

let people = 1000;

/** A browser with cookies of its own, on the pages of one server. */
export function createTestBrowser(serverUrl: string, fake: TestSignIn['fake']) {
  const cookies = new Map<string, string>();
  const origin = publicUrl;
  let authorizeUrl: URL | null = null;

  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { cookie, ...(init.headers as Record<string, string>) };
    const response = await fetch(serverUrl + path, { redirect: 'manual', ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  }

  const browser = {
    cookies,
    request,
    /** As a click on one of our own pages does. */
    get: (path: string) => request(path, { headers: { 'sec-fetch-site': 'same-origin' } }),

    /** As a script of our own pages does. */
    send: (method: string, path: string, body?: unknown) =>
      request(path, {
        method,
        headers: { origin, 'sec-fetch-site': 'same-origin', 'x-parley-csrf': '1', 'content-type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
      }),

    lastAuthorizeUrl: () => authorizeUrl,

    /** Goes to the provider from our own page, or elsewhere, and back to our door without going in: gives the path there. */
    async leave(
      path: string,
      { site }: { site: string | undefined } = { site: 'same-origin' },
    ): Promise<string | null> {
      const begun = await request(path, { headers: site === undefined ? {} : { 'sec-fetch-site': site } });
      const there = begun.headers.get('location') ?? '';
      if (!there.startsWith(fake.url)) return null;
      authorizeUrl = new URL(there);
      const back = new URL((await fetch(there, { redirect: 'manual' })).headers.get('location') ?? '');
      if (back.origin !== publicUrl) throw new Error(`the provider sends people to ${back.origin}`);
      return back.pathname + back.search;
    },

    comeBack: (path: string) => request(path, { headers: { 'sec-fetch-site': 'cross-site' } }),

    /** Goes to the provider and comes back; gives the answer to having come back, or to having tried to go. */
    async walk(path: string, options: { site: string | undefined } = { site: 'same-origin' }): Promise<Response> {
      const back = await browser.leave(path, options);
      return back === null ? browser.get(path) : browser.comeBack(back);
    },

    /** Shows at the provider somebody whom nobody has seen before. */
    become(provider: keyof typeof PEOPLE): string {
      people += 1;
      fake.person = PEOPLE[provider](String(people));
      return String(people);
    },

    /** Signs somebody in whom nobody has seen before. */
    async signIn(provider: keyof typeof PEOPLE): Promise<string> {
      const id = browser.become(provider);
      await browser.walk(`/login/${provider}`);
      return id;
    },
  };
  return browser;
}
