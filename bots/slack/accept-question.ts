import type { App } from '../../core/app.ts';
import type { ConversationPlace } from '../../core/conversations/conversation-place.ts';
import type { PlacedSession } from '../../core/conversations/conversations.ts';
import type { PlaceSettings } from '../../core/places/place-settings.ts';
import { titleOf } from '../../core/sessions/session-title.ts';
import type { AcceptedTurn, Place } from '../../core/turns/incoming-message.ts';
import type { User } from '../../core/users/user.ts';
import type { CutAnswer } from './answer-blocks.ts';
import { threadOf, type ViewContext } from './answer-view.ts';
import { readSlackFiles } from './attachments.ts';
import type { ChannelSharing, FindSharing } from './channel-sharing.ts';
import { messageIdOf, parseDelivery, toDelivery } from './delivery.ts';
import { slackHelp } from './help.ts';
import type { Names } from './names.ts';
import type { People } from './people.ts';
import { toPlainText } from './plain-text.ts';
import type { SlackQuestion } from './slack-question.ts';
import type { Progress } from './slack-requests-repository.ts';

export const PLATFORM = 'slack';

/** A workspace as the audience of documents names it. */
export function spaceOf(teamId: string): string {
  return `slack:${teamId}`;
}

/** Whom Slack knows by this id: ids of people are unique in their workspace only. */
export function identityOf(userTeamId: string, userId: string, displayName: string) {
  return { platform: 'slack' as const, platformUserId: `${userTeamId}:${userId}`, displayName };
}

export function directPlace(teamId: string, channel: string): ConversationPlace {
  return { platform: PLATFORM, space: spaceOf(teamId), kind: 'dm', id: channel, isPrivate: true };
}

export type Acceptance =
  | {
      outcome: 'accepted';
      turnId: string;
      canShare: boolean;
      /** Where an earlier answer stands that this one takes the place of. */
      replaces?: Progress;
    }
  | { outcome: 'said'; sentence: string }
  | { outcome: 'ignored' };

export interface AcceptOptions {
  app: App;
  people: People;
  names: Names;
  findSharing: FindSharing;
  assistantName: string;
  apiUrl: string;
  /** False when an earlier process may have counted this question. */
  isFirstTry: boolean;
}

const NEW_CHAT = /^(\/?new( chat)?|start over)[.!]?$/i;
/** What is asked about has no words and no picture. */
export const NOTHING_READABLE =
  'There is nothing in that message that I can read. I read text, images and text files; please paste what matters.';
const STOP = /^\/?stop[.!]?$/i;
const HELP = /^\/?help[.!?]?$/i;

/** Decides about a question and, when it may be asked, starts its turn. The only step that may wait for Slack. */
export async function acceptQuestion(context: ViewContext, options: AcceptOptions): Promise<Acceptance> {
  const { question, workspace, requests } = context;
  const { app } = options;
  const space = spaceOf(question.teamId);
  const settings = await app.places.settings({
    platform: PLATFORM,
    space,
    channel: question.isDirect ? null : question.channel,
  });
  if (!settings.isEnabled) return say('I am switched off here. An admin of this workspace can switch me on again.');
  const sharing = question.isDirect ? 'internal' : await options.findSharing(workspace.api, question);
  const refusal = refuseShared(sharing, settings);
  if (refusal) return say(refusal);

  const [name, names] = await Promise.all([
    options.people.nameOf(workspace.api, question.userId),
    options.names.find(workspace.api, [question.text, question.about ?? '']),
  ]);
  const { botUserId } = workspace;
  const text = toPlainText(question.text, { botUserId, names });
  const user = await app.users.findOrCreate(identityOf(question.userTeamId, question.userId, name));
  if (STOP.test(text)) {
    const turns = await requests.findTurnsIn(question.teamId, question.channel, question.threadTs);
    for (const turnId of turns) await app.turns.stopTurn(turnId);
    return turns.length > 0 ? { outcome: 'ignored' } : say('I am not writing anything here.');
  }
  const messageId = messageIdOf(question);
  if (options.isFirstTry) {
    const verdict = await app.limits.take({
      userId: user.id,
      platform: PLATFORM,
      channel: question.isDirect ? null : `${question.teamId}:${question.channel}`,
    });
    if (verdict === 'silent') return { outcome: 'ignored' };
    if (verdict === 'hint') return say('That was a lot at once. Please wait a minute; then I go on answering.');
  }
  if (question.retryOf !== null) {
    const place = toPlace(question, settings, sharing);
    const retried = await app.turns.retry({ turnId: question.retryOf, userId: user.id, eventId: question.id, place });
    return { outcome: 'accepted', turnId: retried.turnId, canShare: sharing === 'internal' };
  }
  if (question.goOnWith) {
    const place = toPlace(question, settings, sharing);
    return goOn(context, question.goOnWith, { app, place, userId: user.id, canShare: sharing === 'internal' });
  }
  const isEmpty = text === '' && question.files.length === 0;
  if (HELP.test(text) || (isEmpty && !question.hasMore)) return say(slackHelp(options.assistantName));
  if (NEW_CHAT.test(text)) {
    await app.conversations.startNew({ userId: user.id, place: toConversationPlace(question) });
    return say('A new chat begins here. What would you like to know?');
  }

  const attached = await readSlackFiles(question, workspace, { apiUrl: options.apiUrl });
  const subject = toPlainText(question.about ?? '', { botUserId, botName: `@${options.assistantName}`, names });
  const isAboutNothing = question.about === null ? text === '' : subject === '';
  if (isAboutNothing && attached.text === '' && attached.imageUrls.length === 0) {
    return say(attached.declined.join(' ') || NOTHING_READABLE);
  }
  const session = await findSession(app, user, question);
  const about = subject === '' ? '' : `\n\nThis is about the following message:\n\n${subject}`;
  const declined = attached.declined.length === 0 ? '' : `\n\n(Not readable: ${attached.declined.join(' ')})`;
  const accepted = await app.turns.accept({
    platform: PLATFORM,
    eventId: question.id,
    userId: user.id,
    sessionId: session.id,
    authorName: question.isDirect ? undefined : name,
    text: `${text}${about}${attached.text}${declined}`.trim(),
    ...(attached.imageUrls.length > 0 && { imageUrls: attached.imageUrls }),
    place: { ...toPlace(question, settings, sharing), carriesUpTo: session.carriesUpTo ?? undefined },
    delivery: toDelivery(question),
    ...(messageId !== null && { messageId }),
    ...(question.editedAt && { editedAt: new Date(Number(question.editedAt) * 1000) }),
  });
  const isDealtWith = accepted.isDuplicate && (options.isFirstTry || !(await isShownByUs(app, accepted, question)));
  if (isDealtWith) return { outcome: 'ignored' };
  if (question.isDirect && session.messageCount === 0) setTitle(context, text);
  const replaces = accepted.replaced ? await findShown(context, accepted.replaced.delivery) : null;
  const canShare = sharing === 'internal';
  return { outcome: 'accepted', turnId: accepted.turnId, canShare, ...(replaces && { replaces }) };
}

/** Has a cut answer written on; what is shown then is all of it, where it stands. */
async function goOn(
  context: ViewContext,
  { turnId, messageId }: CutAnswer,
  { app, place, userId, canShare }: { app: App; place: Place; userId: string; canShare: boolean },
): Promise<Acceptance> {
  const { question } = context;
  const shown = question.responseUrl === null ? await app.turns.find(turnId) : null;
  const replaces = shown && (await findShown(context, shown.delivery));
  const begun = await app.turns.continueAnswer({
    messageId,
    userId,
    platform: PLATFORM,
    eventId: question.id,
    place,
    delivery: toDelivery(question),
  });
  if (begun.isDuplicate && !(await isShownByUs(app, begun, question))) return { outcome: 'ignored' };
  return { outcome: 'accepted', turnId: begun.turnId, canShare, ...(replaces && { replaces }) };
}

/** Whether this very request had begun the turn before, as in a process that died. */
async function isShownByUs(app: App, { turnId }: AcceptedTurn, question: SlackQuestion): Promise<boolean> {
  const turn = await app.turns.find(turnId);
  return parseDelivery(turn?.delivery)?.requestId === question.id;
}

/** The messages in which the outcome of another request stands, for all to see. */
async function findShown({ requests }: ViewContext, delivery: unknown): Promise<Progress | null> {
  const shown = parseDelivery(delivery);
  const progress = shown && (await requests.findProgress(shown.requestId));
  return progress?.ts && progress.mode !== 'reply' ? { ...progress, mode: 'message' } : null;
}

function say(sentence: string): Acceptance {
  return { outcome: 'said', sentence };
}

/** Nothing is answered where other organisations read along, unless an admin has allowed that channel. */
function refuseShared(sharing: ChannelSharing, settings: PlaceSettings): string | null {
  const isAllowed = settings.extra.isSharingAllowed === true;
  if (sharing === 'external' && !isAllowed) {
    return 'This channel is shared with another organisation, so I do not answer here. An admin of this workspace can allow it with `/ask settings`.';
  }
  return null;
}

/** What others outside the workspace may read, for all we know, or are asking, is answered from public documents only. */
function toPlace(question: SlackQuestion, settings: PlaceSettings, sharing: ChannelSharing): Place {
  const isForAll = question.responseUrl === null;
  const isExternal = sharing === 'external' || (sharing === 'unknown' && isForAll);
  const isOutside = isExternal || question.userTeamId !== question.teamId;
  return {
    space: isOutside ? null : spaceOf(question.teamId),
    isPrivate: question.isDirect || question.responseUrl !== null,
    ...(settings.instructions !== '' && { instructions: settings.instructions }),
    ...(settings.model !== null && { model: settings.model }),
  };
}

function toConversationPlace(question: SlackQuestion): ConversationPlace {
  const { teamId, channel } = question;
  if (question.isDirect && question.threadTs === null) return directPlace(teamId, channel);
  const thread = question.responseUrl === null ? threadOf(question) : null;
  const isPrivate = question.isDirect || question.responseUrl !== null;
  const base = { platform: PLATFORM, space: spaceOf(teamId), isPrivate } as const;
  return thread === null
    ? { ...base, kind: 'channel', id: channel }
    : { ...base, kind: 'thread', id: `${channel}:${thread}` };
}

/**
 * Slack shows each message of a DM as the root of a thread with our answer in it: what is said in that thread goes on
 * with the DM's session, as it was then.
 */
async function findSession(app: App, user: User, question: SlackQuestion): Promise<PlacedSession> {
  const place = toConversationPlace(question);
  const session = await app.conversations.current({ userId: user.id, place });
  if (place.kind === 'dm' && question.ts !== null) {
    const thread = { ...place, kind: 'thread' as const, id: `${question.channel}:${question.ts}` };
    await app.conversations.resume({ userId: session.userId, place: thread, sessionId: session.id });
  }
  return session;
}

function setTitle({ question, workspace, logger }: ViewContext, text: string): void {
  const title = titleOf([text]);
  if (title === null) return;
  const args = { channel_id: question.channel, thread_ts: threadOf(question), title };
  workspace.api
    .call('assistant.threads.setTitle', args, { mayWaitMs: 0 })
    .catch((error) => logger.debug({ teamId: question.teamId, err: error }, 'Slack took no title'));
}
