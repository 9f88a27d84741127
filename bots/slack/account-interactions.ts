import type { types } from '@slack/bolt';
import type { App } from '../../core/app.ts';
import { AppError } from '../../core/errors.ts';
import type { AccountSummary } from '../../core/users/account-summary.ts';
import { accountText, FORGOTTEN, forgetText, UNKNOWN_PERSON } from '../shared/account-text.ts';
import { identityOf } from './accept-question.ts';
import { button, plain } from './answer-blocks.ts';
import { disarmMentions } from './disarm-mentions.ts';
import type { InteractionTools, WordWork } from './interaction-tools.ts';

export const ACCOUNT_ACTIONS = { erase: 'erase_everything', keep: 'erase_nothing' } as const;

/**
 * What somebody can know of themselves, and have forgotten; shown to them alone.
 * @returns the words after `/ask` that are for it
 */
export function registerAccount(app: App, { onPress, whisper }: InteractionTools): Record<string, WordWork> {
  /** Whoever was never seen is not made a person by asking what is known of them. */
  const findKnown = (teamId: string, slackUserId: string) =>
    app.users.findByIdentity(identityOf(teamId, slackUserId, ''));

  const show =
    (toReply: (summary: AccountSummary, userId: string) => { text: string; blocks?: types.KnownBlock[] }): WordWork =>
    async ({ team_id, user_id, response_url }) => {
      const user = await findKnown(team_id, user_id);
      if (!user) return whisper(response_url, UNKNOWN_PERSON);
      const { text, blocks } = toReply(await app.summariseAccount(user.id), user.id);
      await whisper(response_url, text, { blocks });
    };

  onPress(ACCOUNT_ACTIONS.erase, async ({ user, action, response_url }, teamId) => {
    const found = await findKnown(user.team_id ?? teamId, user.id);
    const wanted = action.value ?? '';
    if (found?.id !== wanted) {
      throw new AppError('forbidden', 'This button is not for you any more. Use /forget yourself.');
    }
    await app.eraseUser(wanted);
    if (response_url) await whisper(response_url, FORGOTTEN, { isReplacing: true });
  });

  onPress(ACCOUNT_ACTIONS.keep, async ({ response_url }) => {
    if (response_url) await whisper(response_url, 'Nothing was erased.', { isReplacing: true });
  });

  return {
    account: show((summary) => ({ text: accountText(summary, disarmMentions) })),
    forget: show((summary, userId) => ({
      text: forgetText(summary, disarmMentions),
      blocks: [forgetButtons(userId)],
    })),
  };
}

function forgetButtons(userId: string): types.ActionsBlock {
  return {
    type: 'actions',
    elements: [
      {
        ...button(ACCOUNT_ACTIONS.erase, 'Erase everything', userId),
        style: 'danger',
        confirm: {
          title: plain('Erase everything?'),
          text: plain('All you said to me is gone then, on every platform. This cannot be undone.'),
          confirm: plain('Erase everything'),
          deny: plain('Cancel'),
          style: 'danger',
        },
      },
      button(ACCOUNT_ACTIONS.keep, 'Cancel', userId),
    ],
  };
}
