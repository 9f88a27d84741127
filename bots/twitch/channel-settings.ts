import { z } from 'zod';
import type { App } from '../../core/app.ts';
import type { PlaceSettings } from '../../core/places/place-settings.ts';
import type { ChannelChange } from './chat-command.ts';
import { LEVELS, type Level } from './chat-line.ts';

/** What the moderators of a channel have set with `!ai`. */
export interface ChannelSettings {
  isPaused: boolean;
  /** Seconds one person has to wait between two questions. */
  cooldownSeconds: number;
  /** Seconds everybody has to wait after a question of anybody. */
  channelCooldownSeconds: number;
  /** Who may ask. */
  level: Level;
  instructions: string;
  model: string | null;
}

const extraSchema = z.object({
  isPaused: z.boolean().catch(false),
  cooldownSeconds: z.number().min(0).catch(10),
  channelCooldownSeconds: z.number().min(0).catch(0),
  level: z.enum(LEVELS).catch('everyone'),
});

/** A channel as the audience of documents names it. */
export function spaceOf(channel: string): string {
  return `twitch:${channel}`;
}

export async function findChannelSettings(app: App, channel: string): Promise<ChannelSettings> {
  return toChannelSettings(await app.places.settings({ platform: 'twitch', space: spaceOf(channel), channel: null }));
}

export async function changeChannelSettings(
  app: App,
  channel: string,
  change: Exclude<ChannelChange, { setting: 'state' | 'unknown' }>,
): Promise<ChannelSettings> {
  const place = { platform: 'twitch' as const, space: spaceOf(channel), channel: null };
  return toChannelSettings(await app.places.update({ ...place, changes: toChanges(change) }));
}

function toChanges(change: Exclude<ChannelChange, { setting: 'state' | 'unknown' }>): Partial<PlaceSettings> {
  switch (change.setting) {
    case 'pause':
    case 'resume':
      return { extra: { isPaused: change.setting === 'pause' } };
    case 'cooldown':
      return {
        extra: { [change.of === 'person' ? 'cooldownSeconds' : 'channelCooldownSeconds']: change.seconds },
      };
    case 'level':
      return { extra: { level: change.level } };
    case 'instructions':
      return { instructions: change.instructions };
    case 'model':
      return { model: change.model };
  }
}

function toChannelSettings({ isEnabled, instructions, model, extra }: PlaceSettings): ChannelSettings {
  const parsed = extraSchema.parse(extra);
  return { ...parsed, isPaused: parsed.isPaused || !isEnabled, instructions, model };
}

/** The settings in one line, for the moderators who asked. */
export function describeSettings(settings: ChannelSettings): string {
  const who = {
    everyone: 'everyone',
    sub: 'subscribers, VIPs and moderators',
    vip: 'VIPs and moderators',
    mod: 'moderators',
  };
  const parts = [
    settings.isPaused ? 'I am paused here' : 'I answer here',
    `questions from ${who[settings.level]}`,
    `cooldown ${settings.cooldownSeconds} s per person`,
    settings.channelCooldownSeconds > 0 ? `${settings.channelCooldownSeconds} s for the channel` : '',
    settings.instructions === '' ? '' : 'own instructions',
    settings.model === null ? '' : `model ${settings.model}`,
  ];
  return `${parts.filter(Boolean).join(', ')}.`;
}
