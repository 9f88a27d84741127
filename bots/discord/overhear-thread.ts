import { type Client, PermissionFlagsBits, type REST, Routes } from 'discord.js';
import { z } from 'zod';
import type { App } from '../../core/app.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Overheard, OverhearPlace } from '../../core/turns/overhearing.ts';
import { deliverySchema } from './delivery.ts';
import { filesText, type ReadableMessage, readableText } from './readable-message.ts';
import type { RequestPace } from './request-pace.ts';
import { createShownNames } from './shown-names.ts';

export interface ThreadReaderOptions {
  app: App;
  rest: REST;
  pace: RequestPace;
  /** Knows names and permissions; null until it has connected. */
  client(): Client | null;
  logger: Logger;
}

/** What Discord gives at once: https://docs.discord.com/developers/resources/message#get-channel-messages */
const PAGE = 100;
const MOST_PAGES = 2;

const userSchema = z.looseObject({
  id: z.string(),
  username: z.string().optional(),
  global_name: z.string().nullish(),
});
const messageSchema = z.looseObject({
  id: z.string(),
  author: userSchema,
  timestamp: z.coerce.date(),
  content: z.string().default(''),
  mentions: z.array(userSchema).default([]),
});
type ThreadMessage = z.infer<typeof messageSchema>;

/**
 * Reads a thread or forum post up to the question. Whoever reads the answer there reads this as well, in a private
 * thread too; it is used for nothing else. Newest pages come first, so what is missing is the beginning.
 */
export function createThreadReader({ app, rest, pace, client, logger }: ThreadReaderOptions): OverhearPlace {
  const hinted = new Set<string>();

  return async ({ delivery }, { signal }) => {
    const { data } = deliverySchema.safeParse(delivery);
    const thread = data?.thread;
    if (!data || !thread) return null;
    const read = await readPages(thread, signal);
    const me = client()?.user?.id ?? null;
    // In a session of its own, what was said for all to see is news.
    const isOwnSession = data.isPrivate;
    const said = [];
    for (const message of read.messages) {
      if (isOwnSession || !(await isInSession(message, me))) said.push(toOverheard(message, data.guildId));
    }
    const isReadable = said.every(({ text }) => text !== '');
    return {
      messages: said.filter(({ text }) => text !== ''),
      isWhole: mayReadHistory(thread.id) && read.isWhole && isReadable,
    };
  };

  /** Oldest first. */
  async function readPages({ id, before }: { id: string; before: string }, signal: AbortSignal) {
    const found: ThreadMessage[] = [];
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const query = new URLSearchParams({ limit: String(PAGE), before: found[0]?.id ?? before });
      const path = Routes.channelMessages(id);
      const page = await pace
        .send('GET', path, () => rest.get(path, { query, signal }))
        .catch((error) => {
          if (pages === 0) throw error;
          logger.debug({ err: error }, 'a thread was not read to its beginning');
          return null;
        });
      if (page === null) return { messages: found, isWhole: false };
      const messages = z.array(messageSchema).parse(page);
      found.unshift(...messages.toSorted((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1)));
      if (messages.length < PAGE) return { messages: found, isWhole: true };
    }
    return { messages: found, isWhole: false };
  }

  /** Our answers, and the questions they answer. */
  async function isInSession({ id, author, mentions }: ThreadMessage, me: string | null): Promise<boolean> {
    if (author.id === me) return true;
    const mayAsk = me === null || mentions.some((user) => user.id === me);
    return mayAsk && (await app.turns.findByMessage('discord', id)) !== null;
  }

  function toOverheard(message: ThreadMessage, guildId: string | null): Overheard['messages'][number] {
    const readable = message as ReadableMessage;
    const names = createShownNames(client(), { guildId, mentioned: [...message.mentions, message.author] });
    return {
      authorName: names.user(message.author.id) ?? 'Somebody',
      text: [readableText(readable, names), filesText(readable)].filter(Boolean).join('\n'),
      at: message.timestamp,
    };
  }

  /** Discord gives an empty history where it is not allowed. */
  function mayReadHistory(threadId: string): boolean {
    const bot = client();
    const channel = bot?.channels.cache.get(threadId);
    if (!bot?.user || !channel?.isThread()) return true;
    const mayRead = channel.permissionsFor(bot.user.id)?.has(PermissionFlagsBits.ReadMessageHistory) ?? true;
    const where = channel.parentId ?? threadId;
    if (!mayRead && !hinted.has(where)) {
      // Said once to the operator, who can do something about it.
      hinted.add(where);
      logger.warn(
        { channelId: where },
        'threads cannot be read: the bot lacks the permission Read Message History there',
      );
    }
    return mayRead;
  }
}
