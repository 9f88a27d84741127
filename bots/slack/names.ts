import type { Clock } from '../../core/ports/clock.ts';
import type { People } from './people.ts';
import { idsWithoutName, type SlackNames } from './plain-text.ts';
import type { SlackApi } from './slack-api.ts';

const MOST_USERS = 30;
const MOST_CHANNELS = 10;
const CACHE_MS = 10 * 60_000;
const MOST_CACHED = 5000;
const MAY_WAIT_MS = 1000;

export type Names = ReturnType<typeof createNames>;

/** Finds what the people and channels are called that a text mentions by id, as far as Slack tells soon enough. */
export function createNames({ people, clock }: { people: People; clock: Clock }) {
  const channelNames = new Map<string, { name: string | null; until: number }>();

  async function channelName(api: SlackApi, channel: string): Promise<string | null> {
    const key = `${api.teamId} ${channel}`;
    const cached = channelNames.get(key);
    if (cached && cached.until > clock.now().getTime()) return cached.name;
    const name = await api
      .call<{ channel?: { name?: string } }>('conversations.info', { channel }, { mayWaitMs: MAY_WAIT_MS })
      .then(
        (answer) => answer.channel?.name ?? null,
        () => null,
      );
    if (channelNames.size >= MOST_CACHED) channelNames.clear();
    channelNames.set(key, { name, until: clock.now().getTime() + CACHE_MS });
    return name;
  }

  return {
    async find(api: SlackApi, texts: string[], moreUsers: string[] = []): Promise<SlackNames> {
      const ids = idsWithoutName(texts.join(' '));
      const users = [...new Set([...moreUsers, ...ids.users])].slice(0, MOST_USERS);
      const channels = ids.channels.slice(0, MOST_CHANNELS);
      const [userNames, foundChannels] = await Promise.all([
        Promise.all(users.map(async (id) => [id, await people.findName(api, id)] as const)),
        Promise.all(channels.map(async (id) => [id, await channelName(api, id)] as const)),
      ]);
      return { users: new Map(userNames.filter(isNamed)), channels: new Map(foundChannels.filter(isNamed)) };
    },
  };
}

function isNamed(entry: readonly [string, string | null]): entry is readonly [string, string] {
  return entry[1] !== null;
}
