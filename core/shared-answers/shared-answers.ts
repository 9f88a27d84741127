import { randomInt } from 'node:crypto';
import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { Message } from '../messages/message.ts';
import { createMessagesRepository } from '../messages/messages-repository.ts';
import { createSharedAnswersRepository } from './shared-answers-repository.ts';

export interface SharedAnswer {
  /** As it was asked; null when it has been deleted. */
  question: string | null;
  answer: Message;
}

export type SharedAnswers = ReturnType<typeof createSharedAnswers>;

/** 71 bits: nobody finds one by trying, and a link to it stays short. */
const ID_LENGTH = 12;
/** No dashes: what makes links of addresses in a chat often leaves out a dash at the end. */
const ID_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Answers that were given in public and can be read in full by a link. */
export function createSharedAnswers({ db }: { db: Knex }) {
  const rows = createSharedAnswersRepository(db);
  const messages = createMessagesRepository(db);
  return {
    /**
     * Makes an answer readable for everybody who has its id; the same answer keeps its id.
     * @throws AppError `forbidden` for what was said in private, and for anything but an answer
     */
    async share(messageId: string): Promise<string> {
      const id = await rows.share(messageId, createId());
      if (id === null) throw new AppError('forbidden', 'Only answers given in public can be shared by a link.');
      return id;
    },

    async find(id: string): Promise<SharedAnswer | null> {
      const answer = await rows.findAnswer(id);
      if (!answer) return null;
      const question = (await messages.listOfTurn(answer.turnId)).find(({ role }) => role === 'user');
      return { question: question?.content ?? null, answer };
    },
  };
}

function createId(): string {
  return Array.from({ length: ID_LENGTH }, () => ID_CHARACTERS[randomInt(ID_CHARACTERS.length)]).join('');
}
