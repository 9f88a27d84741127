import {
  type APIApplicationCommandChannelOption,
  ApplicationCommandType,
  ApplicationIntegrationType,
  ChannelType,
  InteractionContextType,
  ApplicationCommandOptionType as Option,
  PermissionFlagsBits,
  type RESTPutAPIApplicationCommandsJSONBody,
} from 'discord.js';

export const ASK_ABOUT_THIS = 'Ask about this';

/** What `/help` says about each. */
export const HELP = [
  {
    usage: '/ask question',
    does: 'asks; with `private`, only you see the answer; with `file`, an image or text is read',
  },
  {
    usage: '@me question',
    does: 'asks in a channel or thread; a reply to me does too, and so does any direct message',
  },
  { usage: ASK_ABOUT_THIS, does: 'explains a message: press and hold it, or right-click it, then "Apps"' },
  {
    usage: '/chat new',
    does: 'starts afresh; `list`, `continue`, `rename`, `delete` and `search` are for earlier chats',
  },
  { usage: '/link', does: 'makes your chats here and on the website the same' },
  { usage: '/account', does: 'shows who you are here, what is linked, and what it took' },
  { usage: '/wallet', does: 'shows what you can spend, and where to add to it' },
  { usage: '/forget', does: 'erases you and all you said to me, after asking' },
  { usage: '/settings', does: 'decides how I behave in a server or channel (for those who manage the server)' },
];

/** Discord's own limits for text options. */
const LONGEST_QUESTION = 4000;
const LONGEST_TITLE = 100;

const everywhere = {
  integration_types: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
  contexts: [InteractionContextType.Guild, InteractionContextType.BotDM, InteractionContextType.PrivateChannel],
};

const chatOption = {
  type: Option.String as const,
  name: 'chat',
  description: 'Which chat',
  required: true,
  autocomplete: true,
};

const privateOption = {
  type: Option.Boolean as const,
  name: 'private',
  description: 'For the questions you ask privately in this channel',
};

const settingsChannelOption: APIApplicationCommandChannelOption = {
  type: Option.Channel,
  name: 'channel',
  description: 'Only this channel; leave out for the whole server',
  channel_types: [ChannelType.GuildText, ChannelType.GuildAnnouncement, ChannelType.GuildForum, ChannelType.GuildVoice],
};

/** Everything people can call up by name, as Discord's API wants it. */
export function createCommands({ assistantName }: { assistantName: string }): RESTPutAPIApplicationCommandsJSONBody {
  const name = assistantName.slice(0, 40);
  return [
    {
      ...everywhere,
      type: ApplicationCommandType.ChatInput,
      name: 'ask',
      description: `Ask ${name}`,
      options: [
        {
          type: Option.String,
          name: 'question',
          description: 'What you want to know',
          required: true,
          max_length: LONGEST_QUESTION,
        },
        { type: Option.Boolean, name: 'private', description: 'Only you see the question and the answer' },
        { type: Option.Attachment, name: 'file', description: 'An image, or a text file of up to 100 kB' },
      ],
    },
    {
      ...everywhere,
      type: ApplicationCommandType.ChatInput,
      name: 'chat',
      description: `Your chats with ${name}`,
      options: [
        {
          type: Option.Subcommand,
          name: 'new',
          description: 'Start afresh here',
          options: [
            { type: Option.String, name: 'title', description: 'A name to find it by', max_length: LONGEST_TITLE },
            privateOption,
          ],
        },
        { type: Option.Subcommand, name: 'list', description: 'Show your chats' },
        {
          type: Option.Subcommand,
          name: 'continue',
          description: 'Go on with an earlier chat here',
          options: [chatOption, privateOption],
        },
        {
          type: Option.Subcommand,
          name: 'rename',
          description: 'Give a chat another name',
          options: [
            chatOption,
            {
              type: Option.String,
              name: 'title',
              description: 'Its new name',
              required: true,
              max_length: LONGEST_TITLE,
            },
          ],
        },
        { type: Option.Subcommand, name: 'delete', description: 'Delete a chat for good', options: [chatOption] },
        {
          type: Option.Subcommand,
          name: 'search',
          description: 'Find words in your chats',
          options: [
            { type: Option.String, name: 'words', description: 'What to look for', required: true, max_length: 200 },
          ],
        },
      ],
    },
    {
      ...everywhere,
      type: ApplicationCommandType.ChatInput,
      name: 'link',
      description: 'Have the same chats here and on the website',
    },
    {
      ...everywhere,
      type: ApplicationCommandType.ChatInput,
      name: 'account',
      description: `Who you are to ${name}, and what is linked`,
    },
    {
      ...everywhere,
      type: ApplicationCommandType.ChatInput,
      name: 'wallet',
      description: 'What you can spend on answers, and where to add to it',
    },
    {
      ...everywhere,
      type: ApplicationCommandType.ChatInput,
      name: 'forget',
      description: `Have ${name} forget you, on every platform`,
    },
    {
      type: ApplicationCommandType.ChatInput,
      name: 'settings',
      description: `How ${name} behaves here (admins)`,
      integration_types: [ApplicationIntegrationType.GuildInstall],
      contexts: [InteractionContextType.Guild],
      default_member_permissions: String(PermissionFlagsBits.ManageGuild),
      options: [
        { type: Option.Subcommand, name: 'show', description: 'What is set', options: [settingsChannelOption] },
        {
          type: Option.Subcommand,
          name: 'change',
          description: 'Switch on or off, ask for mentions, choose the model',
          options: [
            settingsChannelOption,
            { type: Option.Boolean, name: 'enabled', description: 'Whether it answers here' },
            { type: Option.Boolean, name: 'mention_needed', description: 'Whether it answers only when mentioned' },
            {
              type: Option.String,
              name: 'model',
              description: 'Name of another model; "default" for the usual one',
              max_length: 100,
            },
          ],
        },
        {
          type: Option.Subcommand,
          name: 'instructions',
          description: 'What it should know or mind here',
          options: [settingsChannelOption],
        },
      ],
    },
    {
      ...everywhere,
      type: ApplicationCommandType.ChatInput,
      name: 'help',
      description: `What ${name} can do`,
    },
    { ...everywhere, type: ApplicationCommandType.Message, name: ASK_ABOUT_THIS },
  ];
}
