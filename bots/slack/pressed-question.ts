import { type Pressed, pressId } from './interaction-tools.ts';
import type { SlackQuestion } from './slack-question.ts';

/** What a button below an answer asks for, where that answer is seen. */
export function pressedQuestion(actionId: string, pressed: Pressed, teamId: string): SlackQuestion {
  const channel = pressed.channel?.id ?? '';
  const threadTs = pressed.message?.thread_ts ?? pressed.container?.thread_ts ?? null;
  const isPrivate = pressed.container?.is_ephemeral === true || threadTs === null;
  return {
    ...emptyQuestion(`${actionId}:${pressId(actionId, pressed)}`, teamId, pressed.user.id),
    userTeamId: pressed.user.team_id ?? teamId,
    channel,
    isDirect: channel.startsWith('D'),
    threadTs: isPrivate ? null : threadTs,
    ts: isPrivate ? null : (pressed.message?.ts ?? null),
    responseUrl: isPrivate ? (pressed.response_url ?? null) : null,
  };
}

/** What is asked by a command, a window or a button, which are no messages. */
export function emptyQuestion(id: string, teamId: string, userId: string): SlackQuestion {
  return {
    id,
    teamId,
    userId,
    userTeamId: teamId,
    channel: '',
    isDirect: false,
    isExternal: null,
    threadTs: null,
    ts: null,
    text: '',
    files: [],
    about: null,
    responseUrl: null,
    isMention: true,
    retryOf: null,
  };
}
