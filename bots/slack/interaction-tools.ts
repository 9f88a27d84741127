import type { App as Bolt, SlashCommand, types } from '@slack/bolt';
import type { App } from '../../core/app.ts';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { User } from '../../core/users/user.ts';
import { errorSentence } from '../shared/error-sentence.ts';
import { identityOf, PLATFORM } from './accept-question.ts';
import { markdownMessage } from './answer-blocks.ts';
import { toEventId } from './event-id.ts';
import { respond } from './respond.ts';
import type { Workspace, Workspaces } from './workspaces.ts';

/** The parts of a pressed button's payload that we read; Bolt's own types differ per kind of container. */
export interface Pressed {
  user: { id: string; team_id?: string };
  team?: { id: string } | null;
  channel?: { id: string };
  message?: { ts?: string; thread_ts?: string };
  container?: { message_ts?: string; thread_ts?: string; is_ephemeral?: boolean };
  trigger_id?: string;
  response_url?: string;
  action: { value?: string; selected_conversation?: string; action_ts?: string };
}

export type PressWork = (pressed: Pressed, teamId: string, workspace: Workspace) => Promise<void>;

/** What a word after `/ask` does; what else was written comes with it. */
export type WordWork = (command: SlashCommand, rest: string) => Promise<void>;

export interface InteractionToolsOptions {
  bolt: Bolt;
  app: App;
  workspaces: Workspaces;
  logger: Logger;
}

export type InteractionTools = ReturnType<typeof createInteractionTools>;

/** What commands, buttons and windows have in common. */
export function createInteractionTools({ bolt, app, workspaces, logger }: InteractionToolsOptions) {
  /** What comes after the acknowledgement; its trouble is told to the person where that is possible. */
  function afterwards(work: () => Promise<void>, responseUrl?: string): void {
    work().catch(async (error) => {
      if (!(error instanceof AppError)) logger.error({ err: error }, 'an interaction failed');
      if (responseUrl) await whisper(responseUrl, errorSentence(error)).catch(() => {});
    });
  }

  /** Says something to the one who pressed or typed, and nobody else. */
  function whisper(
    responseUrl: string,
    markdown: string,
    { blocks = [], isReplacing = false }: { blocks?: types.KnownBlock[]; isReplacing?: boolean } = {},
  ): Promise<void> {
    return respond(responseUrl, { ...markdownMessage(markdown, blocks), replace_original: isReplacing });
  }

  return {
    afterwards,
    whisper,

    userOf: (teamId: string, userId: string): Promise<User> =>
      app.users.findOrCreate(identityOf(teamId, userId, userId)),

    /** Buttons are recorded by their trigger, as a person's second press has another one. */
    onPress(actionId: string, work: PressWork): void {
      bolt.action(actionId, async ({ body, action, ack }) => {
        const pressed = { ...body, action } as unknown as Pressed;
        const teamId = pressed.team?.id ?? pressed.user.team_id ?? '';
        const isNew = await app.inbox.record(PLATFORM, pressId(actionId, pressed));
        await ack();
        if (isNew) afterwards(async () => work(pressed, teamId, await workspaces.find(teamId)), pressed.response_url);
      });
    },
  };
}

/** The same when one press is delivered again, another for the next press. */
export function pressId(actionId: string, { trigger_id, user, action }: Pressed): string {
  return toEventId('press', trigger_id, actionId, user.id, action.action_ts, action.value);
}
