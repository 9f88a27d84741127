import type { App } from '../../core/app.ts';
import { walletText } from '../shared/wallet-text.ts';
import { whyText } from '../shared/why-text.ts';
import { ACTIONS } from './answer-blocks.ts';
import { disarmMentions } from './disarm-mentions.ts';
import type { InteractionTools, WordWork } from './interaction-tools.ts';

/**
 * What somebody can spend, and what an answer took; each told to them alone.
 * @returns the words after `/ask` that are for it
 */
export function registerWallet(app: App, { onPress, whisper, userOf }: InteractionTools): Record<string, WordWork> {
  onPress(ACTIONS.why, async ({ user, action, response_url }, teamId) => {
    const { id: userId } = await userOf(user.team_id ?? teamId, user.id);
    // Slack shows the button only to those who see the answer.
    const why = await app.explainAnswer({ messageId: action.value ?? '', userId, wasShown: true });
    if (response_url) await whisper(response_url, whyText(why, disarmMentions));
  });

  return {
    wallet: async ({ team_id, user_id, response_url }) => {
      const { id } = await userOf(team_id, user_id);
      await whisper(response_url, walletText(await app.summariseWallet(id)));
    },
  };
}
