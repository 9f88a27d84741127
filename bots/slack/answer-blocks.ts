import type { types } from '@slack/bolt';
import type { MessageSource } from '../../core/messages/message.ts';
import { type CitedSource, sourceLines } from '../shared/source-lines.ts';
import { fitText, shortenText, slackSize } from './message-size.ts';
import { escapeMrkdwn, toMrkdwn, toMrkdwnLink } from './mrkdwn.ts';

export const ACTIONS = {
  stop: 'stop_answer',
  retry: 'retry_answer',
  goOn: 'go_on_answer',
  newChat: 'new_chat',
  share: 'share_answer',
  why: 'why_answer',
  feedback: 'answer_feedback',
} as const;

/** One text in a context or section block may hold 3,000; all sources together leave room for the answer. */
const TEXT_LIMIT = 1400;
const MOST_TEXTS = 2;
const TITLE_LENGTH = 120;
/** An address that takes more is left out: the title alone says where it was read. */
const URL_LENGTH = 700;

const CUT = 'This answer met its length limit. Press “Go on” to read the rest.';

/** What stands below an answer. */
export interface AnswerFooter {
  turnId: string;
  /** Null when there is no stored answer to give an opinion on. */
  messageId: string | null;
  sources: MessageSource[];
  /** Of the sources, those it cites are shown. */
  text: string;
  /** Whether the asker may show it to the channel. */
  canShare: boolean;
  /** True where the answer is a sentence about why there is none. */
  isFailure: boolean;
  /** True where it met its length limit, and can go on. */
  isCut?: boolean;
  /** Said to the asker beside the answer. */
  notices?: string[];
}

export function footerBlocks(footer: AnswerFooter): types.KnownBlock[] {
  const { sources, text, notices = [], messageId, isCut = false } = footer;
  const told = [...(isCut ? [CUT] : []), ...notices];
  return [...sourceBlocks(sources, text), ...noticeBlocks(told), ...feedbackBlocks(messageId), actionBlock(footer)];
}

/** The sources of an answer, numbered as it cites them and clickable where they have an address. */
export function sourceBlocks(sources: MessageSource[], answer: string): types.KnownBlock[] {
  const texts: string[] = [];
  for (const line of sourceLines(sources, toSourceLine, { answer })) {
    const last = texts.at(-1);
    const joined = last === undefined ? line : `${last}\n${line}`;
    if (last !== undefined && slackSize(joined) <= TEXT_LIMIT) texts[texts.length - 1] = joined;
    else texts.push(line);
  }
  if (texts.length === 0) return [];
  return [{ type: 'context', elements: texts.slice(0, MOST_TEXTS).map((text) => ({ type: 'mrkdwn', text })) }];
}

function toSourceLine({ numbers, title, url }: CitedSource): string {
  const short = title.length > TITLE_LENGTH ? `${fitText(title, TITLE_LENGTH).trimEnd()}…` : title;
  const isLink = url !== null && /^https?:/.test(url) && slackSize(url) <= URL_LENGTH;
  return `${numbers.map((n) => `[${n}]`).join('')} ${isLink ? toMrkdwnLink(url, short) : escapeMrkdwn(short)}`;
}

function noticeBlocks(notices: string[]): types.KnownBlock[] {
  if (notices.length === 0) return [];
  return [
    { type: 'context', elements: [{ type: 'mrkdwn', text: escapeMrkdwn(fitText(notices.join('\n'), TEXT_LIMIT)) }] },
  ];
}

function feedbackBlocks(messageId: string | null): types.KnownBlock[] {
  if (messageId === null) return [];
  return [
    {
      type: 'context_actions',
      elements: [
        {
          type: 'feedback_buttons',
          action_id: ACTIONS.feedback,
          positive_button: {
            text: { type: 'plain_text', text: '👍' },
            accessibility_label: 'This answer helped',
            value: `up:${messageId}`,
          },
          negative_button: {
            text: { type: 'plain_text', text: '👎' },
            accessibility_label: 'This answer did not help',
            value: `down:${messageId}`,
          },
        },
      ],
    },
  ];
}

function actionBlock({ turnId, messageId, canShare, isFailure, isCut }: AnswerFooter): types.ActionsBlock {
  const goOn = isCut && messageId !== null ? [goOnButton({ turnId, messageId })] : [];
  return {
    type: 'actions',
    elements: [
      ...goOn,
      ...(canShare && !isFailure ? [button(ACTIONS.share, 'Share with channel', turnId)] : []),
      button(ACTIONS.retry, 'Try again', turnId),
      button(ACTIONS.newChat, 'New chat', turnId),
      ...(messageId !== null && !isFailure ? [button(ACTIONS.why, 'Why?', messageId)] : []),
    ],
  };
}

function goOnButton({ turnId, messageId }: CutAnswer): types.Button {
  return { ...button(ACTIONS.goOn, 'Go on', `${turnId} ${messageId}`), style: 'primary' };
}

/** An answer that can go on, and the turn that shows where it stands. */
export interface CutAnswer {
  turnId: string;
  messageId: string;
}

export function parseGoOn(value: string): CutAnswer {
  const [turnId = '', messageId = ''] = value.split(' ');
  return { turnId, messageId };
}

export function stopBlock(turnId: string): types.ActionsBlock {
  return { type: 'actions', elements: [button(ACTIONS.stop, 'Stop', turnId)] };
}

export function button(actionId: string, label: string, value: string): types.Button {
  return { type: 'button', action_id: actionId, text: { type: 'plain_text', text: label }, value };
}

export function plain(text: string): types.PlainTextElement {
  return { type: 'plain_text', text };
}

/** One message's content: Markdown that Slack renders itself, and its beginning as text for notifications. */
export function markdownMessage(markdown: string, more: types.KnownBlock[] = []) {
  return {
    text: shortenText(toMrkdwn(markdown)) || ' ',
    blocks: [...(markdown === '' ? [] : [{ type: 'markdown', text: markdown } as types.MarkdownBlock]), ...more],
  };
}
