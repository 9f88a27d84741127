import type { types } from '@slack/bolt';
import type { Logger } from '../../core/ports/logger.ts';
import type { SlackQuestion } from './slack-question.ts';
import type { Progress, SlackRequestsRepository } from './slack-requests-repository.ts';
import type { Workspace } from './workspaces.ts';

/**
 * Shows one answer while it is written. Text comes whole each time, already disarmed; one that is no longer what it was
 * takes its place, as when the question was edited.
 */
export interface AnswerView {
  show(text: string): void;
  /** Resolves when everything can be seen. */
  finish(text: string, footer: types.KnownBlock[]): Promise<void>;
}

/** What every way of showing an answer needs to know. */
export interface ViewContext {
  workspace: Workspace;
  question: SlackQuestion;
  requestId: string;
  turnId: string | null;
  requests: SlackRequestsRepository;
  logger: Logger;
  /** @throws HandedOverError when another process shows this answer now */
  save(progress: Progress): Promise<void>;
}

/** Another process shows the outcome of this request, or will. */
export class HandedOverError extends Error {
  override readonly name = 'HandedOverError';
}

/** The message that everything about a question hangs under. */
export function threadOf(question: SlackQuestion): string | null {
  return question.threadTs ?? question.ts;
}

/** What is asked at the same of these goes on in the same chat, as far as one message tells. */
export function arrivalPlace(question: SlackQuestion): string {
  const { teamId, channel, isDirect, responseUrl, userId } = question;
  const where = isDirect ? '' : responseUrl === null ? threadOf(question) : userId;
  return [teamId, channel, where].join(' ');
}
