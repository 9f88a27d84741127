import type { OverhearPlace } from '../../core/turns/overhearing.ts';
import type { RepliesRepository } from './replies-repository.ts';

/** The message that a question replies to, for the model to know: all that a chat tells of what was said before. */
export function createQuoteReader(replies: Pick<RepliesRepository, 'findQuote'>): OverhearPlace {
  return async ({ delivery, createdAt }) => {
    const eventId = (delivery as { eventId?: string } | null)?.eventId;
    const quote = eventId ? await replies.findQuote(eventId) : null;
    if (quote === null) return null;
    const message = { authorName: `${quote.displayName}, who is replied to`, text: quote.text, at: createdAt };
    return { messages: [message], isWhole: true };
  };
}
