import type { AuthorizeResult } from '@slack/bolt';
import { AppError } from '../../core/errors.ts';
import type { SlackApi, SlackApis } from './slack-api.ts';

/** A Slack workspace that uses this app. */
export interface Workspace {
  teamId: string;
  botUserId: string;
  botId: string;
  token: string;
  api: SlackApi;
}

/** Finds the token of a workspace that installed the app by OAuth, refreshed where it has to be. */
export type FindInstalled = (teamId: string) => Promise<AuthorizeResult>;

export interface WorkspacesOptions {
  apis: SlackApis;
  botToken: string | undefined;
  findInstalled: FindInstalled | null;
}

export type Workspaces = ReturnType<typeof createWorkspaces>;

/** The workspaces we may answer in: the one whose token is in the settings, and those that installed the app. */
export function createWorkspaces({ apis, botToken, findInstalled }: WorkspacesOptions) {
  let own: Workspace | null = null;

  return {
    /** Finds out whose the token in the settings is. @throws SlackCallError when it is wrong */
    async identify(): Promise<void> {
      if (!botToken || own) return;
      const identity = await apis.identify(botToken);
      own = { ...identity, token: botToken, api: apis.forTeam({ teamId: identity.teamId, token: botToken }) };
    },

    /** @throws AppError `not_found` */
    async find(teamId: string): Promise<Workspace> {
      if (own?.teamId === teamId) return own;
      // Whatever it is called there, an app of one workspace hears of that one only.
      if (own && !findInstalled) return own;
      if (!findInstalled) throw new AppError('not_found', 'This Slack workspace has not installed the app.');
      const { botToken: token = '', botUserId = '', botId = '' } = await findInstalled(teamId);
      return { teamId, botUserId, botId, token, api: apis.forTeam({ teamId, token }) };
    },
  };
}
