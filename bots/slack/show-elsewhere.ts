import type { types } from '@slack/bolt';
import type { ViewContext } from './answer-view.ts';
import { SlackCallError } from './slack-api.ts';
import { isPassing, tellAsker } from './tell-asker.ts';

const NO_ENTRY =
  'I cannot write in the channel you asked in, so I answer you here. Inviting me with `/invite` may help.';
const GONE = 'The message you asked in is not there any more, so I answer you here.';
const ENOUGH = 'Slack lets me post no more where you asked for the moment, so I answer you here.';

/** Why an answer does not stand where it was asked for. */
const REASONS: Record<string, string> = {
  is_archived: 'The channel you asked in has been archived, so I answer you here.',
  not_in_channel: NO_ENTRY,
  channel_not_found: NO_ENTRY,
  restricted_action: NO_ENTRY,
  restricted_action_read_only_channel: NO_ENTRY,
  restricted_action_thread_only_channel: NO_ENTRY,
  restricted_action_non_threadable_channel: NO_ENTRY,
  thread_not_found: GONE,
  message_not_found: GONE,
  invalid_thread_ts: GONE,
  cannot_reply_to_message: GONE,
  thread_locked: 'The thread you asked in is locked, so I answer you here.',
  ratelimited: ENOUGH,
  rate_limited: ENOUGH,
  message_limit_exceeded: ENOUGH,
};

/** What Slack would refuse elsewhere, too. */
const UNSHOWABLE = new Set([
  'msg_too_long',
  'msg_blocks_too_long',
  'invalid_blocks',
  'invalid_blocks_format',
  'invalid_arguments',
  'no_text',
]);
const NOT_TAKEN = 'I have written an answer, but Slack does not take it. Please ask again, perhaps for a shorter one.';

/**
 * Brings an answer to the asker that cannot be shown where it was asked for, or says why there is none.
 * @throws the error again where trying again may help
 */
export async function showElsewhere(
  context: ViewContext,
  error: unknown,
  { text, footer }: { text: string; footer: types.KnownBlock[] },
): Promise<void> {
  if (!(error instanceof SlackCallError) || isPassing(error)) throw error;
  const { reason } = error;
  context.logger.warn({ turnId: context.turnId, reason }, 'an answer cannot be shown in its place; telling the asker');
  if (UNSHOWABLE.has(reason)) return tellAsker(context, NOT_TAKEN);
  const why = REASONS[reason] ?? `Slack does not let me answer where you asked (\`${reason}\`), so I answer you here.`;
  await tellAsker(context, `_${why}_\n\n${text}`, { footer });
}
