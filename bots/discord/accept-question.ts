import type { User as DiscordUser } from 'discord.js';
import type { AcceptedTurn } from '../../core/turns/incoming-message.ts';
import type { User } from '../../core/users/user.ts';
import type { DiscordContext } from './context.ts';
import { type Delivery, deliverySchema } from './delivery.ts';
import type { DiscordPlace } from './discord-place.ts';

export interface Question {
  eventId: string;
  /** The message that asks; absent for commands and buttons. */
  messageId?: string;
  /** Set when it is an edit of that message. */
  edit?: { at: Date; wasAsked: boolean };
  asker: DiscordUser;
  /** As people call the asker there. */
  askerName: string;
  place: DiscordPlace;
  text: string;
  imageUrls: string[];
  delivery: Delivery;
  /** Goes on in the session of this turn, where it was the asker's. */
  afterTurnId?: string;
}

export type Acceptance =
  | { outcome: 'accepted'; turnId: string; delivery: Delivery }
  /** Dealt with before: nothing is to be done. */
  | { outcome: 'duplicate' }
  /** With a sentence for the asker, or null when nothing more is to be said. */
  | { outcome: 'refused'; sentence: string | null };

const TOO_MUCH = 'That was a lot at once. I will answer again in a minute.';
const SWITCHED_OFF = 'I am switched off in this channel. Try another one, or send me a direct message.';

/** The person here behind somebody on Discord. */
export function findUser({ app }: DiscordContext, user: DiscordUser): Promise<User> {
  const displayName = user.globalName ?? user.username;
  return app.users.findOrCreate({ platform: 'discord', platformUserId: user.id, displayName });
}

/** Records a question and starts its turn. Waits for the database only. */
export async function acceptQuestion(context: DiscordContext, question: Question): Promise<Acceptance> {
  const { app } = context;
  const { place } = question;
  const user = await findUser(context, question.asker);
  const admitted = await admit(context, { userId: user.id, place });
  if (admitted.outcome === 'refused') return admitted;

  const session = await findSession(context, { userId: user.id, question });
  const accepted = await app.turns.accept({
    platform: 'discord',
    eventId: question.eventId,
    messageId: question.messageId,
    editedAt: question.edit?.at,
    userId: user.id,
    sessionId: session.id,
    authorName: place.conversation.kind === 'thread' ? question.askerName : undefined,
    text: question.text,
    imageUrls: question.imageUrls,
    place: { ...admitted.turnPlace, carriesUpTo: session.carriesUpTo ?? undefined },
    // Where the first answer is shown is known better to whoever shows it.
    delivery: question.edit?.wasAsked ? undefined : question.delivery,
  });
  return toAcceptance(accepted, question.delivery);
}

/** Has a question answered once more. */
export async function acceptRetry(
  context: DiscordContext,
  question: Omit<Question, 'text' | 'imageUrls'> & { turnId: string },
): Promise<Acceptance> {
  const user = await findUser(context, question.asker);
  const admitted = await admit(context, { userId: user.id, place: question.place });
  if (admitted.outcome === 'refused') return admitted;
  const { eventId, turnId, delivery } = question;
  const place = admitted.turnPlace;
  return toAcceptance(await context.app.turns.retry({ turnId, userId: user.id, eventId, place, delivery }), delivery);
}

/** Has an answer that met its length limit go on. */
export async function acceptContinuation(
  context: DiscordContext,
  continuation: { eventId: string; messageId: string; asker: DiscordUser; place: DiscordPlace; delivery: Delivery },
): Promise<Acceptance> {
  const { eventId, messageId, place, delivery } = continuation;
  const user = await findUser(context, continuation.asker);
  const admitted = await admit(context, { userId: user.id, place });
  if (admitted.outcome === 'refused') return admitted;
  const accepted = await context.app.turns.continueAnswer({
    messageId,
    userId: user.id,
    platform: 'discord',
    eventId,
    place: admitted.turnPlace,
    delivery,
  });
  return toAcceptance(accepted, delivery);
}

async function admit({ app }: DiscordContext, { userId, place }: { userId: string; place: DiscordPlace }) {
  const space = place.conversation.space;
  const settings = await app.places.settings({ platform: 'discord', space, channel: place.settingsChannel });
  if (!settings.isEnabled) return { outcome: 'refused' as const, sentence: SWITCHED_OFF };
  const verdict = await app.limits.take({ userId, platform: 'discord', channel: place.settingsChannel });
  if (verdict !== 'allowed') return { outcome: 'refused' as const, sentence: verdict === 'hint' ? TOO_MUCH : null };
  const turnPlace = {
    space,
    isPrivate: place.isPrivate,
    instructions: settings.instructions || undefined,
    model: settings.model ?? undefined,
  };
  return { outcome: 'admitted' as const, turnPlace };
}

async function findSession({ app }: DiscordContext, { userId, question }: { userId: string; question: Question }) {
  const place = question.place.conversation;
  const before = question.afterTurnId ? await app.turns.find(question.afterTurnId) : null;
  if (before?.userId === userId && place.kind !== 'thread') {
    return app.conversations.resume({ userId, place, sessionId: before.sessionId, carry: 'leave' });
  }
  return app.conversations.current({ userId, place });
}

function toAcceptance({ turnId, isDuplicate, replaced }: AcceptedTurn, delivery: Delivery): Acceptance {
  if (isDuplicate) return { outcome: 'duplicate' };
  const { data: shown } = deliverySchema.safeParse(replaced?.delivery);
  return { outcome: 'accepted', turnId, delivery: shown ? { ...shown, note: delivery.note } : delivery };
}
