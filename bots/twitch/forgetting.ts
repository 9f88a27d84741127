import type { App } from '../../core/app.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { spaceOf } from './channel-settings.ts';
import { HandedOverError, isHandedOver } from './handed-over.ts';
import type { RepliesRepository, Reply } from './replies-repository.ts';

export interface ForgettingOptions {
  app: App;
  replies: RepliesRepository;
  logger: Logger;
}

/** What is done when moderators remove what somebody said. */
export function createForgetting({ app, replies, logger }: ForgettingOptions) {
  /** Moderators have removed the question, or its author: the answer stops, and neither is kept. */
  async function forget(reply: Reply, knownTurnId: string | null, signal: AbortSignal): Promise<void> {
    const turnId = knownTurnId ?? (await app.turns.findByEvent('twitch', reply.eventId))?.id ?? null;
    if (turnId !== null) {
      await app.messages.deleteOfTurn(turnId);
      await app.turns.stopTurn(turnId);
      for (;;) {
        const turn = await app.turns.find(turnId);
        if (turn === null || (turn.state !== 'running' && turn.state !== 'queued')) break;
        await endOf(turnId, signal);
      }
      await app.messages.deleteOfTurn(turnId);
    }
    await replies.finish(reply.eventId);
    logger.info({ messageId: reply.messageId, turnId }, 'a question that moderators removed was forgotten');
  }

  async function endOf(turnId: string, signal: AbortSignal): Promise<void> {
    try {
      for await (const _event of app.turns.follow(turnId, { signal }));
    } catch (error) {
      if (signal.aborted) throw error;
      if (isHandedOver(error)) {
        throw new HandedOverError('the turn goes on elsewhere', { cause: error });
      }
    }
  }

  /** What was said in that channel's chats; what is open there has been forgotten before. */
  async function deleteSessions(channel: string, askerId: string): Promise<void> {
    const user = await app.users.findByIdentity({ platform: 'twitch', platformUserId: askerId });
    for (let cursor: string | undefined; user; ) {
      const { items, nextCursor } = await app.sessions.list({ userId: user.id, limit: 100, cursor });
      const there = items.filter(({ platform, space }) => platform === 'twitch' && space === spaceOf(channel));
      for (const { id } of there) await app.sessions.delete({ userId: user.id, sessionId: id }).catch(() => {});
      if (nextCursor === null) return;
      cursor = nextCursor;
    }
  }

  return { forget, deleteSessions };
}
