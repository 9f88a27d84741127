export interface BotCommand {
  /** As it is typed: `/ask question`, `@Parley question`. */
  usage: string;
  /** What it does, in a few words. */
  does: string;
}

/** What the assistant can do, in one screen of Markdown. */
export function helpText({
  assistantName,
  commands,
}: {
  assistantName: string;
  commands: readonly BotCommand[];
}): string {
  return [
    `**${assistantName}** answers questions from this community's documents and says where each answer comes from.`,
    commands.map(({ usage, does }) => `- \`${usage}\`: ${does}`).join('\n'),
    'Images and text files sent along are read. 👍 and 👎 under an answer tell the team how good it was.',
  ].join('\n\n');
}
