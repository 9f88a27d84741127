import type { App } from '../core/app.ts';
import type { Completions } from '../core/completions/completions.ts';
import type { Embeddings } from '../core/embeddings/embeddings.ts';
import type { Identities } from '../core/identities/identities.ts';
import type { OfferedModels } from '../core/models/offered-models.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { ProfileSources } from '../core/profile-sources/profile-sources.ts';
import type { ProviderKeys } from '../core/provider-keys/provider-keys.ts';
import { AUTO } from '../core/routing/fixed-model.ts';
import type { AccessTokens } from '../core/users/access-tokens.ts';
import type { SiteUsers } from '../core/users/site-users.ts';
import type { UserModel } from '../core/users/user-model.ts';
import type { Endpoint } from './endpoint.ts';
import type { Metrics } from './metrics.ts';
import type { Origins } from './origins.ts';
import type { RateLimits } from './rate-limits.ts';
import type { Readiness } from './readiness.ts';
import { createApiKeyEndpoints } from './routes/api-keys.ts';
import { createAskEndpoint } from './routes/ask.ts';
import { createAuthEndpoints } from './routes/auth.ts';
import { createClaimEndpoint } from './routes/claim-visitor.ts';
import { createContinueEndpoint } from './routes/continue-answer.ts';
import { createIdentityEndpoints } from './routes/identities.ts';
import { createLinkEndpoints } from './routes/links.ts';
import { createLoginEndpoints } from './routes/logins.ts';
import { createMessageEndpoints } from './routes/messages.ts';
import { createModelChoiceEndpoints } from './routes/models.ts';
import { createProbeEndpoints } from './routes/probes.ts';
import { createProfileSourceEndpoints } from './routes/profile-sources.ts';
import { createProviderKeyEndpoints } from './routes/provider-key.ts';
import { createQueryEndpoint } from './routes/query.ts';
import { createSessionEndpoints } from './routes/sessions.ts';
import { createStripeWebhookEndpoint } from './routes/stripe-webhook.ts';
import { createUserEndpoints } from './routes/users.ts';
import { createVisitorEndpoints } from './routes/visitors.ts';
import { createWalletEndpoints } from './routes/wallet.ts';
import { createChatCompletionsEndpoint, PARLEY } from './v1/chat-completions.ts';
import { createEmbeddingsEndpoint } from './v1/embeddings.ts';
import { createModelEndpoints } from './v1/models.ts';

export type ApiRoute = [method: 'get' | 'post' | 'put' | 'patch' | 'delete', path: string, endpoint: Endpoint];

export interface ApiRoutesOptions {
  app: Pick<
    App,
    | 'accounts'
    | 'apiKeys'
    | 'logins'
    | 'links'
    | 'users'
    | 'sessions'
    | 'messages'
    | 'feedback'
    | 'claimVisitor'
    | 'exportUser'
    | 'eraseUser'
    | 'wallets'
    | 'explainAnswer'
    | 'payments'
    | 'recharges'
    | 'statelessQuestions'
    | 'usage'
  > & {
    turns: Pick<App['turns'], 'accept' | 'follow' | 'continueAnswer'>;
    identities: Identities;
    offeredModels: Pick<OfferedModels, 'list'>;
    userModel: UserModel;
    profileSources: ProfileSources;
    providerKeys: ProviderKeys;
    siteUsers: SiteUsers;
  };
  logger: Logger;
  tokens: AccessTokens;
  origins: Origins;
  rateLimits: RateLimits;
  readiness: Readiness;
  embeddings: Embeddings;
  /** Null where no language model is set up. */
  completions: Completions | null;
  metrics: Metrics;
}

/** Every route for programs; what is in this list is served, and is in `/openapi.json`. */
export function createApiRoutes({ app, ...options }: ApiRoutesOptions): ApiRoute[] {
  const users = createUserEndpoints(app);
  const claim = createClaimEndpoint({ claimVisitor: app.claimVisitor, ...options });
  const visitors = createVisitorEndpoints({ ...app, ...options });
  const auth = createAuthEndpoints({ ...app, ...options });
  const logins = createLoginEndpoints(app);
  const identities = createIdentityEndpoints(app);
  const profileSources = createProfileSourceEndpoints(app);
  const links = createLinkEndpoints(app);
  const apiKeys = createApiKeyEndpoints(app);
  const providerKey = createProviderKeyEndpoints({ ...app, ...options });
  const modelChoice = createModelChoiceEndpoints(app);
  const sessions = createSessionEndpoints({ sessions: app.sessions, ...options });
  const messages = createMessageEndpoints(app);
  const ask = createAskEndpoint({ turns: app.turns, ...options });
  const continueAnswer = createContinueEndpoint({ turns: app.turns, ...options });
  const wallet = createWalletEndpoints(app);
  const stripeWebhook = createStripeWebhookEndpoint(app);
  const query = createQueryEndpoint({ ...app, ...options });
  const chatCompletions = createChatCompletionsEndpoint({ ...app, ...options });
  const embeddings = createEmbeddingsEndpoint(options);
  const models = createModelEndpoints({
    ...options,
    listModels: () => listModels(options),
    embeddingModel: options.embeddings.model,
  });
  const probes = createProbeEndpoints(options);

  return [
    ['post', '/api/visitors', visitors.create],
    ['post', '/api/visitors/claim', claim],

    ['post', '/api/auth/register', auth.register],
    ['post', '/api/auth/login', auth.logIn],
    ['post', '/api/auth/refresh', auth.refresh],
    ['post', '/api/auth/logout', auth.logOut],
    ['get', '/api/auth/me', auth.me],
    ['put', '/api/auth/password', auth.changePassword],
    ['get', '/api/auth/logins', logins.list],
    ['delete', '/api/auth/logins', logins.endOthers],
    ['delete', '/api/auth/logins/:login_id', logins.end],
    ['get', '/api/users/me/identities', identities.list],
    ['delete', '/api/users/me/identities/:identity_id', identities.unlink],
    ['get', '/api/users/me/profile-sources', profileSources.list],
    ['put', '/api/users/me/profile-sources/:provider', profileSources.change],
    ['post', '/api/links', links.create],

    ['get', '/api/users/me/provider-key', providerKey.get],
    ['put', '/api/users/me/provider-key', providerKey.put],
    ['delete', '/api/users/me/provider-key', providerKey.remove],

    ['get', '/api/models', modelChoice.list],
    ['get', '/api/users/me/settings', modelChoice.settings],
    ['patch', '/api/users/me/settings', modelChoice.change],

    ['get', '/api/users/me/export', users.export],
    ['delete', '/api/users/me', users.erase],

    ['get', '/api/sessions', sessions.list],
    ['post', '/api/sessions', sessions.create],
    ['delete', '/api/sessions', sessions.deleteAll],
    ['get', '/api/sessions/:session_id', sessions.get],
    ['patch', '/api/sessions/:session_id', sessions.rename],
    ['delete', '/api/sessions/:session_id', sessions.delete],

    ['get', '/api/sessions/:session_id/messages', messages.list],
    ['post', '/api/sessions/:session_id/messages', ask],
    ['delete', '/api/sessions/:session_id/messages', messages.deleteAll],
    ['get', '/api/messages', messages.search],
    ['delete', '/api/messages/:message_id', messages.delete],
    ['get', '/api/messages/:message_id/why', messages.why],
    ['post', '/api/messages/:message_id/feedback', messages.giveFeedback],
    ['post', '/api/messages/:message_id/continue', continueAnswer],

    ['get', '/api/api-keys', apiKeys.list],
    ['post', '/api/api-keys', apiKeys.create],
    ['patch', '/api/api-keys/:name', apiKeys.change],
    ['delete', '/api/api-keys/:name', apiKeys.delete],

    ['get', '/api/wallet', wallet.get],
    ['get', '/api/wallet/ledger', wallet.ledger],
    ['get', '/api/wallet/spending', wallet.spending],
    ['post', '/api/wallet/recharge', wallet.recharge],
    ['get', '/api/wallet/recharges/:recharge_id', wallet.getRecharge],
    ['post', '/webhooks/stripe', stripeWebhook],
    ['post', '/api/query', query],

    ['post', '/v1/chat/completions', chatCompletions],
    ['post', '/v1/embeddings', embeddings],
    ['get', '/v1/embeddings/models', models.listForEmbeddings],
    ['get', '/v1/models', models.list],
    ['get', '/v1/models/*model', models.get],

    ['get', '/healthz', probes.health],
    ['get', '/readyz', probes.readiness],
    ['get', '/metrics', probes.metrics],
  ];
}

/** Those that chat, our own before those of others: clients offer all of them for it. */
async function listModels({ completions }: Pick<ApiRoutesOptions, 'completions'>) {
  const own = [PARLEY, ...(completions ? [AUTO] : [])].map((id) => ({ id, ownedBy: 'parley' }));
  const others = (await completions?.list()) ?? [];
  return [...own, ...others.map((id) => ({ id, ownedBy: 'operator' }))];
}
