import {
  type AutocompleteInteraction,
  type ChatInputCommandInteraction,
  escapeMarkdown,
  MessageFlags,
  TimestampStyles,
  time,
} from 'discord.js';
import { AppError } from '../../core/errors.ts';
import type { FoundMessage } from '../../core/messages/search-messages.ts';
import type { Session } from '../../core/sessions/session.ts';
import { chatLabel, platformName } from '../shared/chat-label.ts';
import { findUser } from './accept-question.ts';
import { carryConfirmation } from './carry-confirmation.ts';
import type { DiscordContext } from './context.ts';
import { placeOfInteraction } from './discord-place.ts';
import type { InteractionReply } from './interaction-reply.ts';
import { MESSAGE_LIMIT } from './message-body.ts';

/** Discord shows no more choices than this: https://docs.discord.com/developers/interactions/application-commands */
const MOST_CHOICES = 25;
const LONGEST_CHOICE = 100;
const SHOWN_CHATS = 15;
const SHOWN_MESSAGES = 8;
const SNIPPET = 120;
const LONGEST_FOUND_TITLE = 60;
/** How many of somebody's chats are looked through for what they type. */
const SEARCHED_CHATS = 100;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Somebody's own chats; everything here is shown to them alone. */
export async function runChatCommand(context: DiscordContext, interaction: ChatInputCommandInteraction): Promise<void> {
  await interaction.deferReply({ flags: MessageFlags.Ephemeral });
  const user = await findUser(context, interaction.user);
  const reply = await run(context, interaction, user.id);
  const { content, components = [] } = typeof reply === 'string' ? { content: reply } : reply;
  await interaction.editReply({ content: content.slice(0, MESSAGE_LIMIT), components });
}

async function run(
  { app }: DiscordContext,
  interaction: ChatInputCommandInteraction,
  userId: string,
): Promise<string | InteractionReply> {
  const { options } = interaction;
  const place = placeOfInteraction(interaction, { isEphemeral: options.getBoolean('private') ?? false }).conversation;
  switch (options.getSubcommand()) {
    case 'new': {
      await app.conversations.startNew({ userId, place, title: options.getString('title') ?? undefined });
      return 'A new chat has begun here. What was said before is kept: see `/chat list`.';
    }
    case 'list':
      return listChats((await app.sessions.list({ userId, limit: SHOWN_CHATS })).items);
    case 'continue': {
      if (place.kind === 'thread') {
        return 'A thread has a conversation of its own, which everybody in it shares. Use this in a channel or in a direct message.';
      }
      const sessionId = chosenChat(interaction);
      const upTo = await app.conversations.findWordsToCarry({ userId, place, sessionId });
      if (upTo !== null) return carryConfirmation(await app.sessions.get({ userId, sessionId }), upTo);
      const session = await app.conversations.resume({ userId, place, sessionId });
      return `Going on with **${escapeMarkdown(session.title)}**. Ask away.`;
    }
    case 'rename': {
      const title = options.getString('title', true).trim();
      const session = await app.sessions.rename({ userId, sessionId: chosenChat(interaction), title });
      return `It is called **${escapeMarkdown(session.title)}** now.`;
    }
    case 'delete':
      await app.sessions.delete({ userId, sessionId: chosenChat(interaction) });
      return 'That chat is deleted, with all its messages.';
    case 'search':
      return search({ app }, userId, options.getString('words', true));
    default:
      return 'I do not know that command. It may be newer than I am: try again in a few minutes.';
  }
}

function chosenChat(interaction: ChatInputCommandInteraction): string {
  const chosen = interaction.options.getString('chat', true);
  if (!UUID.test(chosen)) {
    throw new AppError('invalid_request', 'Please choose a chat from the list that appears while you type.');
  }
  return chosen;
}

function listChats(sessions: Session[]): string {
  if (sessions.length === 0) return 'You have no chats yet. Ask me something with `/ask`.';
  return sessions
    .map((session) =>
      [
        `- **${toTitle(session)}**`,
        platformName(session.platform),
        toMessageCount(session),
        ago(session.updatedAt),
      ].join(' · '),
    )
    .join('\n');
}

async function search({ app }: Pick<DiscordContext, 'app'>, userId: string, words: string): Promise<string> {
  const { items } = await app.messages.search({ userId, query: words, limit: SHOWN_MESSAGES });
  if (items.length === 0) return 'I found nothing with these words in your chats.';
  return items.map(toFoundLine).join('\n');
}

function toFoundLine({ role, content, createdAt, sessionTitle, platform }: FoundMessage): string {
  const title = escapeMarkdown((sessionTitle ?? 'A thread').slice(0, LONGEST_FOUND_TITLE));
  const snippet = escapeMarkdown(content.replaceAll(/\s+/g, ' ').slice(0, SNIPPET));
  return `- **${title}** · ${platformName(platform)} · ${role === 'user' ? 'You' : 'Me'}, ${ago(createdAt)}: ${snippet}`;
}

const ago = (date: Date) => time(date, TimestampStyles.RelativeTime);
const toTitle = ({ title }: Session) => escapeMarkdown(title.slice(0, LONGEST_CHOICE));
const toMessageCount = ({ messageCount }: Session) => (messageCount === 1 ? '1 message' : `${messageCount} messages`);

/** Offers the asker's own chats while they type. */
export async function completeChat(context: DiscordContext, interaction: AutocompleteInteraction): Promise<void> {
  const user = await findUser(context, interaction.user);
  const typed = interaction.options.getFocused().toLowerCase();
  const { items } = await context.app.sessions.list({ userId: user.id, limit: SEARCHED_CHATS });
  const matching = items.filter(({ title }) => title.toLowerCase().includes(typed)).slice(0, MOST_CHOICES);
  await interaction.respond(
    matching.map((session) => ({
      name: chatLabel(session, { now: context.clock.now(), limit: LONGEST_CHOICE }),
      value: session.id,
    })),
  );
}
