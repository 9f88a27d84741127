import type { Clock } from '../../core/ports/clock.ts';
import type { SlackApi } from './slack-api.ts';

interface Person {
  name: string;
  pictureUrl: string | null;
  isAdmin: boolean;
  until: number;
}

interface UserAnswer {
  user?: {
    name?: string;
    real_name?: string;
    is_admin?: boolean;
    is_owner?: boolean;
    profile?: { display_name?: string; real_name?: string; image_72?: string };
  };
}

/** Names and rights change rarely; asking costs a call of a limited budget. */
const CACHE_MS = 10 * 60_000;
const MOST_CACHED = 5000;
const MAY_WAIT_MS = 2000;

/** Who people are in Slack, remembered for a while. */
export function createPeople({ clock }: { clock: Clock }) {
  const cache = new Map<string, Person>();

  async function find(api: SlackApi, userId: string): Promise<Person> {
    const key = `${api.teamId} ${userId}`;
    const cached = cache.get(key);
    if (cached && cached.until > clock.now().getTime()) return cached;
    const { user } = await api.call<UserAnswer>('users.info', { user: userId }, { mayWaitMs: MAY_WAIT_MS });
    const name = user?.profile?.display_name || user?.real_name || user?.profile?.real_name || user?.name || userId;
    const person = {
      name,
      pictureUrl: user?.profile?.image_72 ?? null,
      isAdmin: Boolean(user?.is_admin || user?.is_owner),
      until: clock.now().getTime() + CACHE_MS,
    };
    if (cache.size >= MOST_CACHED) cache.clear();
    cache.set(key, person);
    return person;
  }

  return {
    /** Their id where Slack does not tell the name: people in a thread can still be told apart. */
    async nameOf(api: SlackApi, userId: string): Promise<string> {
      return find(api, userId).then(
        (person) => person.name,
        () => userId,
      );
    },

    /** Null where Slack does not tell. */
    async findName(api: SlackApi, userId: string): Promise<string | null> {
      return find(api, userId).then(
        (person) => person.name,
        () => null,
      );
    },

    /** As others see them; their id and no picture where Slack does not tell. */
    async profileOf(api: SlackApi, userId: string): Promise<{ name: string; pictureUrl: string | null }> {
      return find(api, userId).catch(() => ({ name: userId, pictureUrl: null }));
    },

    /** Whether they may change settings: admins and owners of the workspace; nobody when Slack does not answer. */
    async isAdmin(api: SlackApi, userId: string): Promise<boolean> {
      return find(api, userId).then(
        (person) => person.isAdmin,
        () => false,
      );
    },
  };
}

export type People = ReturnType<typeof createPeople>;
