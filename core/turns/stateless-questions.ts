import type { UsedKey } from '../api-keys/key-caps.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { GivenMessage } from './incoming-message.ts';
import type { TurnEvent } from './turn-event.ts';
import type { Turns } from './turns.ts';

/** A question of a program, which keeps the conversation itself. */
export interface StatelessQuestion {
  userId: string;
  text: string;
  imageUrls?: string[];
  /** Oldest first. */
  history?: GivenMessage[];
  /** What the program adds to how the assistant is to behave. */
  instructions?: string;
  maxOutputTokens?: number;
  /** The key it was asked with. */
  apiKey?: UsedKey;
}

export type StatelessQuestions = ReturnType<typeof createStatelessQuestions>;

/**
 * Questions that belong to no conversation here. Each is a turn as any other, in a session of its own on the platform
 * `api`: a session answers one question after the other, and programs ask many at once.
 */
export function createStatelessQuestions({ sessions, turns }: { sessions: Sessions; turns: Pick<Turns, 'run'> }) {
  return {
    /** Throws as `turns.run` does; leaving the loop stops the model. */
    async *ask(question: StatelessQuestion, { signal }: { signal: AbortSignal }): AsyncGenerator<TurnEvent> {
      const { userId, text, imageUrls, history = [], instructions, maxOutputTokens, apiKey } = question;
      const session = await sessions.create({ userId, platform: 'api', space: null });
      yield* turns.run(
        {
          platform: 'api',
          eventId: null,
          userId,
          sessionId: session.id,
          text,
          imageUrls,
          history,
          place: { space: null, isPrivate: true, instructions, maxOutputTokens, apiKey },
        },
        { signal },
      );
    },
  };
}
