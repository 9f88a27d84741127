import { randomUUID } from 'node:crypto';
import { BOT_USER, TEAM } from './fake-slack-workspace.ts';

interface Slack {
  deliver(type: string, payload: Record<string, unknown>): Promise<Record<string, unknown>>;
  nextTs(): string;
  newResponseUrl(channel: string, user: string): string;
}

/** What people do in Slack, as the app is told of it. */
export function createSlackEvents({ deliver, nextTs, newResponseUrl }: Slack) {
  return {
    /** A person writes; gives the message's ts. */
    async say(
      text: string,
      where: {
        channel?: string;
        user?: string;
        threadTs?: string;
        eventId?: string;
        more?: object;
        envelope?: object;
      } = {},
    ) {
      const { channel = 'D1', user = 'U1', eventId = `Ev${randomUUID()}`, threadTs } = where;
      const isDirect = channel.startsWith('D');
      const type = !isDirect && text.includes(`<@${BOT_USER}>`) ? 'app_mention' : 'message';
      const ts = nextTs();
      const { external = false, ...event } = (where.more ?? {}) as { external?: boolean };
      await deliver('events_api', {
        type: 'event_callback',
        event_id: eventId,
        team_id: TEAM,
        api_app_id: 'A1',
        is_ext_shared_channel: external,
        authorizations: [{ team_id: TEAM, user_id: BOT_USER, is_bot: true }],
        ...where.envelope,
        event: {
          type,
          channel,
          channel_type: isDirect ? 'im' : 'channel',
          user,
          team: TEAM,
          text,
          ts,
          ...(threadTs && { thread_ts: threadTs }),
          ...event,
        },
      });
      return ts;
    },

    /** A person edits a message, or Slack changes it: then without `edited`. */
    edit(
      ts: string,
      texts: { before: string; now: string },
      {
        channel = 'D1',
        user = 'U1',
        threadTs,
        more = {},
      }: { channel?: string; user?: string; threadTs?: string; more?: object } = {},
    ) {
      const base = { type: 'message', user, team: TEAM, ts, ...(threadTs && { thread_ts: threadTs }) };
      return this.event({
        type: 'message',
        subtype: 'message_changed',
        hidden: true,
        channel,
        channel_type: channel.startsWith('D') ? 'im' : 'channel',
        ts: nextTs(),
        message: { ...base, text: texts.now, edited: { user, ts: nextTs() }, ...more },
        previous_message: { ...base, text: texts.before },
      });
    },

    /** Any other event. */
    event(event: { type: string; [key: string]: unknown }, team = TEAM) {
      return deliver('events_api', {
        type: 'event_callback',
        event_id: `Ev${randomUUID()}`,
        team_id: team,
        is_ext_shared_channel: false,
        authorizations: [{ team_id: team, user_id: BOT_USER, is_bot: true }],
        event,
      });
    },

    command(text: string, { channel = 'C1', user = 'U1', team = TEAM, more = {} as object } = {}) {
      return deliver('slash_commands', {
        command: '/ask',
        text,
        team_id: team,
        channel_id: channel,
        user_id: user,
        user_name: user,
        trigger_id: `trigger.${randomUUID()}`,
        response_url: newResponseUrl(channel, user),
        ...more,
      });
    },

    press(
      action: { action_id: string; [key: string]: unknown },
      { channel = 'C1', user = 'U1', message = {} as object } = {},
    ) {
      return deliver('interactive', {
        type: 'block_actions',
        team: { id: TEAM },
        user: { id: user, team_id: TEAM },
        channel: { id: channel },
        message,
        container: { type: 'message', ...message },
        trigger_id: `trigger.${randomUUID()}`,
        response_url: newResponseUrl(channel, user),
        actions: [{ type: 'button', block_id: 'b', action_ts: nextTs(), ...action }],
      });
    },

    shortcut(text: string, { channel = 'C1', user = 'U1', message = {} as object } = {}) {
      return deliver('interactive', {
        type: 'message_action',
        callback_id: 'ask_about_this',
        team: { id: TEAM },
        user: { id: user },
        channel: { id: channel },
        message: { type: 'message', ts: nextTs(), text, ...message },
        message_ts: nextTs(),
        trigger_id: `trigger.${randomUUID()}`,
        response_url: newResponseUrl(channel, user),
      });
    },

    submit(
      view: { callback_id: string; private_metadata?: string; [key: string]: unknown },
      values: object,
      user = 'U1',
    ) {
      return deliver('interactive', {
        type: 'view_submission',
        team: { id: TEAM },
        user: { id: user, team_id: TEAM },
        view: { id: `V${randomUUID()}`, type: 'modal', state: { values }, ...view },
      });
    },
  };
}
