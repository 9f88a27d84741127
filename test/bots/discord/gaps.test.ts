import { describe, expect, it } from 'vitest';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createDiscordTest, isDone } from './discord-harness.ts';

type Fields = Record<string, unknown>;

const answering = () => createScriptedModel({ reply: () => 'Hello!' });
const NOT_FOUND = { status: 404, body: { message: '404: Not Found', code: 0 } };

/** A server that says nothing of these fields, in events and answers by name. */
function without(fields: Record<string, string[]>) {
  return (of: string, payload: unknown): unknown => {
    const left = Object.keys(fields).find((name) => of.startsWith(name));
    if (left === undefined) return payload;
    const kept = { ...(payload as Fields) };
    for (const field of fields[left] ?? []) delete kept[field];
    return kept;
  };
}

const OPTIONAL_IN_INTERACTIONS = [
  'entitlements',
  'authorizing_integration_owners',
  'context',
  'app_permissions',
  'channel',
  'guild',
  'locale',
  'attachment_size_limit',
];

describe('where Discord leaves out what the library expects', () => {
  it.each([
    ['an interaction in a server', { INTERACTION_CREATE: OPTIONAL_IN_INTERACTIONS }],
    ['what READY says of the application', { READY: ['application', 'v', 'resume_gateway_url'] }],
    ['how many connections may be opened', { 'GET /gateway/bot': ['session_start_limit', 'shards'] }],
    ['the flags of the application', { 'GET /applications/@me': ['flags'] }],
    ['what an edit has made of a message', { 'PATCH /webhooks': ['id'] }],
    [
      'most of a server',
      { GUILD_CREATE: ['roles', 'emojis', 'members', 'threads', 'voice_states', 'presences', 'owner_id'] },
    ],
  ])('answers a command without %s', async (_what, fields) => {
    await using t = await createDiscordTest({ model: answering(), discord: { leaveOut: without(fields) } });

    const asked = t.discord.command('ask', { values: { question: 'hi' } });
    await t.discord.until(() => isDone(t.discord.answers(asked)[0]));

    expect(t.bot.state().detail).toContain('connected as');
    expect(t.discord.answers(asked)).toHaveLength(1);
  });

  it('answers a command in a direct message without context', async () => {
    const leaveOut = without({ INTERACTION_CREATE: OPTIONAL_IN_INTERACTIONS });
    await using t = await createDiscordTest({ model: answering(), discord: { leaveOut } });
    const dm = t.discord.addDm();

    const asked = t.discord.command('ask', { values: { question: 'hi' }, context: 1, channelId: dm.id });
    await t.discord.until(() => isDone(t.discord.answers(asked)[0]));

    expect(await t.db('turns').first('place')).toEqual({ place: expect.objectContaining({ isPrivate: true }) });
  });

  it.each([
    ['a mention in a server', 'general'],
    ['a direct message', 'dm'],
  ])('answers %s without type, mentions, attachments and member', async (_what, where) => {
    const leaveOut = without({
      MESSAGE_CREATE: ['type', 'mentions', 'attachments', 'member', 'flags', 'components', 'embeds', 'webhook_id'],
    });
    await using t = await createDiscordTest({ model: answering(), discord: { leaveOut } });
    const channelId = where === 'dm' ? t.discord.addDm().id : t.discord.channelId;

    t.discord.say(`${where === 'dm' ? '' : t.discord.mention} hi`, { channelId });
    await t.discord.until(() => isDone(t.discord.shown(channelId)[0]));

    expect(t.discord.shown(channelId)).toHaveLength(1);
  });

  it('registers its commands where it is not told which there are', async () => {
    const nextFailures = [{ pattern: /^GET .*\/commands$/, ...NOT_FOUND }];
    await using t = await createDiscordTest({ model: answering(), discord: { nextFailures } });

    await t.discord.until(() => t.discord.state.commands.length > 0);

    expect(t.bot.state().state).toBe('connected');
  });

  it('leaves an event unanswered that nobody could read, and answers the next', async () => {
    const leaveOut = without({ INTERACTION_CREATE: ['member', 'user'] });
    await using t = await createDiscordTest({ model: answering(), discord: { leaveOut } });
    t.discord.command('ask', { values: { question: 'who am I?' } });
    t.discord.state.leaveOut = (_of, payload) => payload;

    const asked = t.discord.command('ask', { values: { question: 'hi' } });
    await t.discord.until(() => isDone(t.discord.answers(asked)[0]));

    expect(t.bot.state().state).toBe('connected');
  });

  it('acknowledges in time although a server does not come', async () => {
    const leaveOut = (of: string, payload: unknown) =>
      of === 'GUILD_CREATE' ? { id: '1', unavailable: true } : payload;
    await using t = await createDiscordTest({ model: answering(), discord: { leaveOut } });

    const asked = t.discord.command('ask', { values: { question: 'hi' } });
    await t.discord.until(() => isDone(t.discord.answers(asked)[0]));

    expect(asked.ackMs).toBeLessThan(3000);
  });
});
