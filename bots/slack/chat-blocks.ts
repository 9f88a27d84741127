import type { types } from '@slack/bolt';
import type { FoundMessage } from '../../core/messages/search-messages.ts';
import type { Session } from '../../core/sessions/session.ts';
import { platformName } from '../shared/chat-label.ts';
import { button } from './answer-blocks.ts';
import { escapeMrkdwn } from './mrkdwn.ts';

const TITLE_LENGTH = 200;
const SNIPPET_LENGTH = 300;

/** One chat: what it is called, when it was used last, where it began. */
export function chatBlock(session: Session, accessory?: types.Button): types.SectionBlock {
  const count = session.messageCount === 1 ? '1 message' : `${session.messageCount} messages`;
  const facts = [toDay(session.updatedAt), platformName(session.platform), count].join(' · ');
  return {
    type: 'section',
    text: { type: 'mrkdwn', text: `*${toTitle(session.title)}*\n${facts}` },
    ...(accessory && { accessory }),
  };
}

/** One message that was looked for, with a button to go on with its chat where that is the person's own. */
export function foundBlock(found: FoundMessage, resumeAction: string): types.SectionBlock {
  const { role, content, sessionTitle, sessionId, platform, createdAt } = found;
  const facts = [platformName(platform), toDay(createdAt)].join(' · ');
  const snippet = escapeMrkdwn(content.replaceAll(/\s+/g, ' ').slice(0, SNIPPET_LENGTH));
  const text = `*${toTitle(sessionTitle ?? 'A thread')}*\n${facts}\n${role === 'user' ? 'You' : 'Me'}: ${snippet}`;
  return {
    type: 'section',
    text: { type: 'mrkdwn', text },
    ...(sessionTitle !== null && { accessory: button(resumeAction, 'Continue', sessionId) }),
  };
}

function toTitle(title: string): string {
  return escapeMrkdwn(title.slice(0, TITLE_LENGTH));
}

/** As everybody's own calendar shows it. */
function toDay(date: Date): string {
  return `<!date^${Math.floor(date.getTime() / 1000)}^{date_short_pretty}|${date.toISOString().slice(0, 10)}>`;
}
