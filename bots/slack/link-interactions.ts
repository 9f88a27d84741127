import type { App as Bolt, types } from '@slack/bolt';
import { z } from 'zod';
import type { App } from '../../core/app.ts';
import type { Encryption } from '../../core/encryption/encryption.ts';
import type { LinkedPerson } from '../../core/links/tell-linked.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { identityOf, PLATFORM } from './accept-question.ts';
import { markdownMessage, plain } from './answer-blocks.ts';
import { HOME_ACTIONS } from './app-home.ts';
import { disarmMentions } from './disarm-mentions.ts';
import { toEventId } from './event-id.ts';
import type { InteractionTools, WordWork } from './interaction-tools.ts';
import { escapeMrkdwn } from './mrkdwn.ts';
import type { People } from './people.ts';
import { respond } from './respond.ts';
import type { Workspaces } from './workspaces.ts';

export interface LinkingOptions {
  bolt: Bolt;
  app: App;
  workspaces: Workspaces;
  people: People;
  encryption: Encryption;
  logger: Logger;
  tools: InteractionTools;
}

const OPEN_LINK = 'open_link';
const RESPONSE_PURPOSE = 'slack-link-response';

/** Kept with a link: how to tell the person that it was used, also for another process. */
const linkDeliverySchema = z.object({
  teamId: z.string(),
  userId: z.string(),
  /** Takes the place of the address that was shown; null where it was shown in a window. */
  sealedResponseUrl: z.string().nullable(),
});
type LinkDelivery = z.infer<typeof linkDeliverySchema>;

/** One-time addresses that link people with who they are on the website, shown to nobody else. */
export function registerLinking(options: LinkingOptions): Record<'link', WordWork> {
  const { bolt, app, workspaces, people, encryption, logger, tools } = options;

  async function createLink(teamId: string, userId: string, responseUrl: string | null) {
    const { api } = await workspaces.find(teamId);
    const { name, pictureUrl } = await people.profileOf(api, userId);
    const identity = identityOf(teamId, userId, name);
    const user = await app.users.findOrCreate(identity);
    const sealedResponseUrl = responseUrl === null ? null : encryption.encrypt(responseUrl, RESPONSE_PURPOSE);
    const delivery: LinkDelivery = { teamId, userId, sealedResponseUrl };
    return app.links.create({ userId: user.id, identity: { ...identity, pictureUrl }, delivery });
  }

  const link: WordWork = async ({ team_id, user_id, trigger_id, response_url }) => {
    // Slack may deliver it again, and another address would void the one that is shown.
    if (!(await app.inbox.record(PLATFORM, toEventId('link', trigger_id, user_id)))) return;
    const { url } = await createLink(team_id, user_id, response_url);
    await respond(response_url, { text: INVITATION, blocks: invitationBlocks(url) });
  };

  /** The Home tab has no message of its own: there it is a window. */
  tools.onPress(HOME_ACTIONS.link, async ({ user, trigger_id }, teamId, { api }) => {
    const { url } = await createLink(teamId, user.id, null);
    const view = {
      type: 'modal',
      title: plain('Link my account'),
      close: plain('Close'),
      blocks: invitationBlocks(url),
    };
    await api.call('views.open', { trigger_id, view }, { mayWaitMs: 1000 });
  });

  // A button that opens an address still tells that it was pressed.
  bolt.action(OPEN_LINK, ({ ack }) => ack());

  async function tell({ displayName, delivery }: LinkedPerson): Promise<void> {
    const { teamId, userId, sealedResponseUrl } = linkDeliverySchema.parse(delivery);
    const message = markdownMessage(
      `Done: you are linked with **${disarmMentions(displayName.slice(0, 100))}**. Your chats here and on the website are the same now: see my *Home* tab.`,
    );
    if (sealedResponseUrl !== null && (await replaceInvitation(sealedResponseUrl, message))) return;
    const { api } = await workspaces.find(teamId);
    const { channel } = await api.call<{ channel?: { id?: string } }>('conversations.open', { users: userId });
    await api.call('chat.postMessage', { ...message, channel: channel?.id, unfurl_links: false, unfurl_media: false });
  }

  async function replaceInvitation(sealedResponseUrl: string, message: Record<string, unknown>): Promise<boolean> {
    try {
      const responseUrl = encryption.decrypt(sealedResponseUrl, RESPONSE_PURPOSE);
      await respond(responseUrl, { ...message, replace_original: true });
      return true;
    } catch (err) {
      logger.debug({ err }, 'a link was not confirmed in its place');
      return false;
    }
  }
  app.links.onLinked(PLATFORM, tell);

  return { link };
}

const INVITATION =
  'Open this within 10 minutes, log in and agree: then your chats here and on the website are the same.';
const WARNING = 'It works once, and only you see it. Give it to nobody: who opens it could read your chats.';

/** The address stands there as text, too: a button may not open where Slack takes no links to such a host. */
function invitationBlocks(url: string): types.KnownBlock[] {
  return [
    { type: 'section', text: { type: 'mrkdwn', text: `${INVITATION}\n<${escapeMrkdwn(url)}>` } },
    {
      type: 'actions',
      elements: [{ type: 'button', action_id: OPEN_LINK, text: plain('Link my account'), style: 'primary', url }],
    },
    { type: 'context', elements: [{ type: 'mrkdwn', text: WARNING }] },
  ];
}
