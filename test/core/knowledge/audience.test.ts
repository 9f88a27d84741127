import { describe, expect, it } from 'vitest';
import { parseAudience } from '../../../core/knowledge/audience.ts';

describe('an audience that somebody types', () => {
  it.each([
    ['public', ['public']],
    ['discord:42, slack:T1,discord:42', ['discord:42', 'slack:T1']],
    ['twitch:#SomeChannel', ['twitch:somechannel']],
    ['web:https://Shop.example/', ['web:https://shop.example']],
    ['web:https://shop.example:443', ['web:https://shop.example']],
    ['web:http://localhost:3000', ['web:http://localhost:3000']],
  ])('%s is written as questions asked there name it', (text, audience) => {
    expect(parseAudience(text)).toEqual(audience);
  });

  it.each([
    '',
    'everybody',
    'discord:',
    'twitch:#',
    'user:1',
    'public,nobody',
    'web:shop.example',
    'web:https://shop.example/basket',
    'web:https://me@shop.example',
    'web:ftp://shop.example',
  ])('%s is none', (text) => {
    expect(parseAudience(text)).toBeNull();
  });
});
