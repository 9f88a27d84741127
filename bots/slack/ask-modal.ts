import type { types } from '@slack/bolt';
import { plain } from './answer-blocks.ts';
import type { SlackFile } from './slack-file.ts';

export const ASK_VIEW = 'ask_about_message';
export const REASON_VIEW = 'feedback_reason';

/** What the question of "Ask about this" needs besides its text; Slack keeps it for us, 3,000 characters of it. */
export interface AskMetadata {
  channel: string;
  responseUrl: string;
  about: string;
  files: SlackFile[];
}

const METADATA_LENGTH = 2950;
const MOST_FILES = 4;
const NAME_LENGTH = 80;

export function askModal(asked: AskMetadata): types.ModalView {
  const { metadata, isShortened } = fitMetadata(asked);
  return {
    type: 'modal',
    callback_id: ASK_VIEW,
    private_metadata: metadata,
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
      ...(isShortened ? [shortenedBlock] : []),
    ],
  };
}

const shortenedBlock: types.KnownBlock = {
  type: 'context',
  elements: [plain('The message is long: I see its beginning only. Paste what else matters.')],
};

/** As much of the message as there is room for; of its files, those that are opened by their address. */
function fitMetadata({ channel, responseUrl, about, files }: AskMetadata): { metadata: string; isShortened: boolean } {
  const kept: AskMetadata = {
    channel,
    responseUrl,
    about,
    files: files.slice(0, MOST_FILES).map((file) => ({
      name: file.name.slice(0, NAME_LENGTH).toWellFormed(),
      contentType: file.contentType,
      size: file.size,
      url: file.url,
      ...(file.preview && about === '' && { preview: file.preview.slice(0, 500).toWellFormed() }),
    })),
  };
  let metadata = JSON.stringify(kept);
  while (metadata.length > METADATA_LENGTH && (kept.about !== '' || kept.files.length > 0)) {
    if (kept.about === '') kept.files.pop();
    else kept.about = shorten(kept.about, metadata.length - METADATA_LENGTH);
    metadata = JSON.stringify(kept);
  }
  return { metadata, isShortened: kept.about !== about };
}

/** Not within a mention or a link, of which half says nothing. */
function shorten(about: string, surplus: number): string {
  const most = Math.max(0, about.length - Math.max(20, Math.ceil(surplus / 6)));
  return about
    .slice(0, most)
    .replace(/<[^<>]*$/, '')
    .toWellFormed();
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
