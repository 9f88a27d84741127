import type { UsedKey } from '../api-keys/key-caps.ts';
import type { Platform } from '../users/platform.ts';

/** Where a message was said; kept with its turn, so that a restarted turn asks under the same conditions. */
export interface Place {
  /** `discord:<guild>`, `slack:<team>`, `twitch:<channel>`, `web:<origin>`; null when it belongs to none. */
  space: string | null;
  /** False where others read along. */
  isPrivate: boolean;
  /** Where others read along: up to this turn they may read what the session's person said in private. */
  carriesUpTo?: number;
  /** Extra instructions of that place's admins. */
  instructions?: string;
  /** Another model than the default, chosen by that place's admins. */
  model?: string;
  /** A shorter answer than the model could give, in tokens. */
  maxOutputTokens?: number;
  /** The API key it was asked with. */
  apiKey?: UsedKey;
}

/** One message of a conversation that the caller keeps itself. */
export interface GivenMessage {
  role: 'user' | 'assistant';
  content: string;
}

/** One message from any platform, translated: the only thing that starts a turn. */
export interface IncomingMessage {
  platform: Platform;
  /** The platform's id for this event, or the caller's idempotency key; the same one again starts nothing new. */
  eventId: string | null;
  /**
   * The message's own id, with its place where ids are only unique there (`team:channel:ts`). One message is one
   * question: another event of it starts nothing new either.
   */
  messageId?: string;
  /**
   * Set when this is an edit of that message, to when it was edited. Other words are answered anew in the place of the
   * first answer; the same words, or a version older than one known already, change nothing. An edit of a message that
   * was never asked is a question like any other: whether it is one is for the adapter to decide.
   */
  editedAt?: Date;
  userId: string;
  sessionId: string;
  /** Told to the model where several people talk in one session. */
  authorName?: string;
  text: string;
  imageUrl?: string;
  /** Several images, instead of `imageUrl`. */
  imageUrls?: string[];
  place: Place;
  /** What was said before, oldest first, for callers that keep it themselves: the session's own messages do not count. */
  history?: GivenMessage[];
  /** Where the answer is to be shown, for whoever takes the turn up after a crash; replaced by `saveDelivery`. */
  delivery?: unknown;
}

export interface AcceptedTurn {
  turnId: string;
  /**
   * True when there is nothing to show: this event or message was accepted before, or the answer that an edit replaces
   * was still being shown, by whoever shows it (to whom it comes as `restart`).
   */
  isDuplicate: boolean;
  /** For an edit of an answered question that is to be shown now: the turn before, and where its answer is shown. */
  replaced?: { turnId: string; delivery: unknown };
}
