import type { Provider } from '../ports/sign-in-provider.ts';
import { toBasicCredentials } from './basic-credentials.ts';

type Json = Record<string, unknown>;

/** Who somebody is, in the provider's own words. */
export interface ReadProfile {
  id: unknown;
  name: unknown;
  email?: unknown;
  picture?: unknown;
  url?: unknown;
}

export interface ProviderDescription {
  name: string;
  authorizeUrl: string;
  tokenUrl: string;
  userinfoUrl: string;
  scope: string;
  readProfile(json: Json): ReadProfile;
  /** Where addresses are that the profile keeps to itself, below the profile. */
  emails?: { path: string; read(json: unknown): unknown };
  /** Where tokens are given back (RFC 7009), beside where they are given out. */
  revokePath?: string;
  /** How one is given back where it is done in a way of its own. */
  toRevocation?(accessToken: string, client: RevokingClient): { url: URL; init: RequestInit };
}

interface RevokingClient {
  clientId: string;
  clientSecret: string;
  tokenUrl: string;
  userinfoUrl: string;
}

const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const list = (value: unknown): Json[] => (Array.isArray(value) ? value.map(object) : []);
const first = (value: unknown): Json => list(value)[0] ?? {};

/** Claims of OpenID Connect; Google's older address of the same has `id`. */
export const readClaims = (json: Json): ReadProfile => ({
  id: json.sub ?? json.id,
  name: json.name ?? json.preferred_username ?? json.nickname ?? json.given_name,
  email: json.email,
  picture: json.picture,
  url: json.profile,
});

/** Where each provider is and what it calls things, from the providers' documentation. */
export const PROVIDER_DESCRIPTIONS: Record<Exclude<Provider, 'oidc'>, ProviderDescription> = {
  github: {
    name: 'GitHub',
    authorizeUrl: 'https://github.com/login/oauth/authorize',
    tokenUrl: 'https://github.com/login/oauth/access_token',
    userinfoUrl: 'https://api.github.com/user',
    scope: 'read:user user:email',
    readProfile: (json) => ({
      id: json.id,
      name: json.name ?? json.login,
      email: json.email,
      picture: json.avatar_url,
      url: json.html_url,
    }),
    // Null in the profile of everybody who does not show theirs to the world.
    emails: {
      path: '/emails',
      read: (json) => list(json).find(({ primary, verified }) => primary === true && verified === true)?.email,
    },
    toRevocation: (accessToken, { clientId, clientSecret, userinfoUrl }) => ({
      url: new URL(`applications/${encodeURIComponent(clientId)}/token`, userinfoUrl),
      init: {
        method: 'DELETE',
        headers: {
          accept: 'application/vnd.github+json',
          authorization: toBasicCredentials(clientId, clientSecret),
          'content-type': 'application/json',
          'user-agent': 'parley',
        },
        body: JSON.stringify({ access_token: accessToken }),
      },
    }),
  },
  google: {
    name: 'Google',
    authorizeUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
    tokenUrl: 'https://oauth2.googleapis.com/token',
    userinfoUrl: 'https://openidconnect.googleapis.com/v1/userinfo',
    scope: 'openid email profile',
    revokePath: 'revoke',
    readProfile: readClaims,
  },
  spotify: {
    name: 'Spotify',
    authorizeUrl: 'https://accounts.spotify.com/authorize',
    tokenUrl: 'https://accounts.spotify.com/api/token',
    userinfoUrl: 'https://api.spotify.com/v1/me',
    scope: 'user-read-email',
    readProfile: (json) => ({
      id: json.id,
      name: json.display_name ?? json.id,
      email: json.email,
      picture: first(json.images).url,
      url: object(json.external_urls).spotify,
    }),
  },
  twitch: {
    name: 'Twitch',
    authorizeUrl: 'https://id.twitch.tv/oauth2/authorize',
    tokenUrl: 'https://id.twitch.tv/oauth2/token',
    userinfoUrl: 'https://api.twitch.tv/helix/users',
    scope: 'user:read:email',
    revokePath: 'revoke',
    readProfile(json) {
      const user = first(json.data);
      return {
        id: user.id,
        name: user.display_name ?? user.login,
        email: user.email,
        picture: user.profile_image_url,
        url: typeof user.login === 'string' ? `https://www.twitch.tv/${encodeURIComponent(user.login)}` : null,
      };
    },
  },
  discord: {
    name: 'Discord',
    authorizeUrl: 'https://discord.com/oauth2/authorize',
    tokenUrl: 'https://discord.com/api/oauth2/token',
    userinfoUrl: 'https://discord.com/api/users/@me',
    scope: 'identify email',
    revokePath: 'token/revoke',
    readProfile: (json) => ({
      id: json.id,
      name: json.global_name ?? json.username,
      email: json.email,
      picture: json.avatar ? `https://cdn.discordapp.com/avatars/${json.id}/${json.avatar}.png` : null,
      url: `https://discord.com/users/${json.id}`,
    }),
  },
  slack: {
    name: 'Slack',
    authorizeUrl: 'https://slack.com/openid/connect/authorize',
    tokenUrl: 'https://slack.com/api/openid.connect.token',
    userinfoUrl: 'https://slack.com/api/openid.connect.userInfo',
    scope: 'openid email profile',
    // As the bot knows people: a Slack user is one of a workspace.
    readProfile(json) {
      const [team, user] = [json['https://slack.com/team_id'], json['https://slack.com/user_id']];
      return { ...readClaims(json), id: team && user ? `${team}:${user}` : json.sub };
    },
    toRevocation: (accessToken, { tokenUrl }) => ({
      url: new URL('auth.revoke', tokenUrl),
      init: { method: 'POST', headers: { authorization: `Bearer ${accessToken}` } },
    }),
  },
};
