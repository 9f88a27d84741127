import type { types } from '@slack/bolt';
import { plain } from './answer-blocks.ts';

export const ASK_VIEW = 'ask_about_message';
export const REASON_VIEW = 'feedback_reason';

/** What the question of "Ask about this" needs besides its text; Slack keeps it for us, 3,000 characters of it. */
export interface AskMetadata {
  channel: string;
  responseUrl: string;
  about: string;
}

const ABOUT_LENGTH = 2000;

export function askModal({ channel, responseUrl, about }: AskMetadata): types.ModalView {
  const kept = about.length > ABOUT_LENGTH ? `${about.slice(0, ABOUT_LENGTH)}…` : about;
  return {
    type: 'modal',
    callback_id: ASK_VIEW,
    private_metadata: JSON.stringify({ channel, responseUrl, about: kept } satisfies AskMetadata),
    title: plain('Ask about this'),
    submit: plain('Ask'),
    close: plain('Cancel'),
    blocks: [
      {
        type: 'input',
        block_id: 'question',
        label: plain('Your question'),
        hint: plain('Only you see the answer.'),
        element: {
          type: 'plain_text_input',
          action_id: 'value',
          multiline: true,
          max_length: 3000,
          initial_value: 'Can you explain this?',
        },
      },
    ],
  };
}

export function reasonModal(messageId: string): types.ModalView {
  return {
    type: 'modal',
    callback_id: REASON_VIEW,
    private_metadata: JSON.stringify({ messageId }),
    title: plain('What was wrong?'),
    submit: plain('Send'),
    close: plain('Skip'),
    blocks: [
      {
        type: 'input',
        block_id: 'reason',
        optional: true,
        label: plain('Your reason helps to make answers better.'),
        element: { type: 'plain_text_input', action_id: 'value', multiline: true, max_length: 1000 },
      },
    ],
  };
}
