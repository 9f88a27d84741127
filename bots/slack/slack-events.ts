import { setTimeout as sleep } from 'node:timers/promises';
import type { App as Bolt, InstallationStore } from '@slack/bolt';
import type { App } from '../../core/app.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { SUGGESTED_PROMPTS } from './manifest.ts';
import type { QuestionIntake } from './question-intake.ts';
import { type EventEnvelope, type MessageEvent, parseEdit, parseMessageEvent } from './slack-question.ts';
import type { SlackRequestsRepository } from './slack-requests-repository.ts';
import type { Workspaces } from './workspaces.ts';

export interface EventOptions {
  bolt: Bolt;
  app: App;
  intake: QuestionIntake;
  requests: SlackRequestsRepository;
  workspaces: Workspaces;
  installations: InstallationStore | null;
  logger: Logger;
}

const STOP_LOOKS = 5;
const STOP_LOOK_MS = 300;

/** What happens in Slack. Listeners only record: Slack hears that an event arrived when they are done. */
export function registerEvents(options: EventOptions): void {
  const { bolt, app, intake, requests, workspaces, installations, logger } = options;

  const receive = async (body: unknown, event: unknown, botUserId: string | undefined) => {
    const question = parseMessageEvent(body as EventEnvelope, event as MessageEvent, { botUserId: botUserId ?? '' });
    if (question && (await intake.isForUs(question))) await intake.receive(question);
    const edit = parseEdit(body as EventEnvelope, event as MessageEvent, { botUserId: botUserId ?? '' });
    if (edit && (await intake.wasAsked(edit))) await intake.receive(edit);
  };
  bolt.event('message', ({ event, body, context }) => receive(body, event, context.botUserId));
  bolt.event('app_mention', ({ event, body, context }) => receive(body, event, context.botUserId));

  /** The older assistant pane opens a thread of its own; in the newer one prompts belong to the whole tab. */
  bolt.event('assistant_thread_started', async ({ event, body }) => {
    suggestPrompts(body.team_id, {
      channel_id: event.assistant_thread.channel_id,
      thread_ts: event.assistant_thread.thread_ts,
    });
  });
  bolt.event('app_home_opened', async ({ event, body }) => {
    if (event.tab === 'messages') suggestPrompts(body.team_id, { channel_id: event.channel });
  });

  function suggestPrompts(teamId: string, where: { channel_id: string; thread_ts?: string }): void {
    workspaces
      .find(teamId)
      .then(({ api }) =>
        api.call(
          'assistant.threads.setSuggestedPrompts',
          { ...where, title: 'What would you like to know?', prompts: SUGGESTED_PROMPTS },
          { mayWaitMs: 2000 },
        ),
      )
      .catch((error) => logger.debug({ teamId, err: error }, 'Slack took no suggested prompts'));
  }

  /** Somebody pressed Slack's own Stop. Not among Bolt's types yet. */
  bolt.event('agent_session_stopped', async ({ event, body }) => {
    const {
      channel,
      channel_id,
      streaming_message_ts = [],
    } = event as unknown as {
      channel?: string;
      channel_id?: string;
      streaming_message_ts?: string[];
    };
    for (const ts of streaming_message_ts) {
      stopStream(body.team_id, channel ?? channel_id ?? '', ts).catch((error) =>
        logger.warn({ teamId: body.team_id, err: error }, 'an answer could not be stopped'),
      );
    }
  });

  /** Looks more than once: a stream can be seen in Slack a moment before we have noted which message it is. */
  async function stopStream(teamId: string, channel: string, ts: string): Promise<void> {
    for (let look = 0; look < STOP_LOOKS; look += 1) {
      const turnId = await requests.findTurnByMessage(teamId, channel, ts);
      if (turnId) return app.turns.stopTurn(turnId);
      await sleep(STOP_LOOK_MS);
    }
  }

  const forget = async (teamId: string) => {
    await installations?.deleteInstallation?.({ teamId, enterpriseId: undefined, isEnterpriseInstall: false });
    logger.info({ teamId }, 'a Slack workspace has removed the app');
  };
  bolt.event('app_uninstalled', ({ body }) => forget(body.team_id));
  bolt.event('tokens_revoked', async ({ event, body }) => {
    if ((event.tokens.bot ?? []).length > 0) await forget(body.team_id);
  });
}
