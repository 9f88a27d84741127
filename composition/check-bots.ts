import { z } from 'zod';
import { isSlackOn } from '../bots/slack/slack-settings.ts';
import type { Check, CheckResult } from '../cli/command-line.ts';
import type { Config } from '../config.ts';
import { BOT_STATES, type BotState } from '../core/ports/bot-state.ts';
import type { Platform } from '../core/users/platform.ts';
import { toSlackSettings } from './create-bots.ts';

const readinessSchema = z.object({
  bots: z.record(z.string(), z.object({ state: z.enum(BOT_STATES), message: z.string() })),
});

const TIMEOUT_MS = 5000;

const RESULTS: Record<BotState['state'], CheckResult['state']> = {
  off: 'warning',
  connecting: 'warning',
  connected: 'ok',
  degraded: 'warning',
  failed: 'failed',
};

/** How the bots that are set up are doing: the running Parley is asked, because it holds their connections. */
export function createBotChecks(config: Config): Check[] {
  let asked: Promise<Record<string, CheckResult> | null> | null = null;
  const ask = () => {
    asked ??= askRunningParley(config);
    return asked;
  };
  return findBots(config).map((platform) => ({
    name: platform,
    run: async () => (await ask())?.[platform] ?? notRunning(config),
  }));
}

function findBots(config: Config): Platform[] {
  return [
    ...(config.DISCORD_TOKEN ? ['discord' as const] : []),
    ...(isSlackOn(toSlackSettings(config)) ? ['slack' as const] : []),
    ...(config.TWITCH_USERNAME && config.TWITCH_ACCESS_TOKEN ? ['twitch' as const] : []),
  ];
}

async function askRunningParley(config: Config): Promise<Record<string, CheckResult> | null> {
  try {
    const response = await fetch(`${addressOf(config)}/readyz`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { bots } = readinessSchema.parse(await response.json());
    return Object.fromEntries(
      Object.entries(bots).map(([platform, { state, message }]) => [
        platform,
        { state: RESULTS[state], detail: `${state}: ${message}` },
      ]),
    );
  } catch {
    // Nothing answers there, or something else does: for the bots that is the same.
    return null;
  }
}

function notRunning(config: Config): CheckResult {
  return {
    state: 'warning',
    detail: `It is set up, but no Parley runs at ${addressOf(config)}, so whether it is connected is not known.`,
    fix: 'Start it with: parley start. Then run: parley doctor',
  };
}

/** Where this machine reaches what listens on HOST. */
function addressOf({ HOST, PORT }: Config): string {
  const host = HOST === '0.0.0.0' ? '127.0.0.1' : HOST === '::' ? '[::1]' : HOST.includes(':') ? `[${HOST}]` : HOST;
  return `http://${host}:${PORT}`;
}
