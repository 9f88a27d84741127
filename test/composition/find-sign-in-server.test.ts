import { describe, expect, it } from 'vitest';
import { findSignInServer } from '../../composition/create-sign-in-providers.ts';
import { parseConfig } from '../../config.ts';

describe('where people sign in', () => {
  it('is at the provider itself, unless it is set', () => {
    const config = parseConfig({ GITHUB_TOKEN_URL: 'https://github.example.com/token' });

    expect(findSignInServer(config, 'github')).toEqual({
      authorizeUrl: 'https://github.com/login/oauth/authorize',
      tokenUrl: 'https://github.example.com/token',
      userinfoUrl: 'https://api.github.com/user',
    });
    expect(findSignInServer(config, 'twitch')).toEqual({
      authorizeUrl: 'https://id.twitch.tv/oauth2/authorize',
      tokenUrl: 'https://id.twitch.tv/oauth2/token',
      userinfoUrl: 'https://api.twitch.tv/helix/users',
    });
  });

  it('is the Twitch that the bot is told to use, unless signing in is told another', () => {
    const config = parseConfig({
      TWITCH_AUTH_URL: 'http://127.0.0.1:9000/oauth2',
      TWITCH_API_URL: 'http://127.0.0.1:9000/helix',
      TWITCH_USERINFO_URL: 'http://127.0.0.1:9001/me',
    });

    expect(findSignInServer(config, 'twitch')).toEqual({
      authorizeUrl: 'http://127.0.0.1:9000/oauth2/authorize',
      tokenUrl: 'http://127.0.0.1:9000/oauth2/token',
      userinfoUrl: 'http://127.0.0.1:9001/me',
    });
  });
});
