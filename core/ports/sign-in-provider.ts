export const PROVIDERS = ['github', 'google', 'spotify', 'twitch', 'discord', 'slack', 'oidc'] as const;

export type Provider = (typeof PROVIDERS)[number];

/** Made for one attempt to sign in and kept where only the browser that began it can bring it back. */
export interface SignInSecrets {
  state: string;
  /** Of PKCE. */
  verifier: string;
  nonce: string;
  /** What is asked for, in the provider's words and separated by spaces. */
  scope: string;
}

export interface ProviderTokens {
  accessToken: string;
  refreshToken: string | null;
  /** ISO 8601, where the provider tells. */
  expiresAt: string | null;
  /** What they were granted for. */
  scopes: string[];
}

/** Who somebody is at a provider, as the provider itself says. */
export interface ProviderProfile {
  platform: Provider;
  platformUserId: string;
  displayName: string;
  email: string | null;
  pictureUrl: string | null;
  profileUrl: string | null;
  tokens: ProviderTokens;
}

/** Signs people in with their account at GitHub, Google and the like. */
export interface SignInProvider {
  id: Provider;
  name: string;
  /** @param scopes to ask for besides those that signing in needs */
  createSecrets(scopes?: readonly string[]): SignInSecrets;
  /** Where to send the browser. @throws AppError `fetch_failed` */
  toAuthorizeUrl(secrets: SignInSecrets): Promise<URL>;
  /**
   * Reads the answer that the browser brought back.
   * @param query of the request to the callback address, `?` included
   * @throws AppError `forbidden` when the person declined, `invalid_request` when the answer is not one to this
   * attempt, `fetch_failed` when the provider cannot be reached or does not give what it should
   */
  finish(query: string, secrets: SignInSecrets): Promise<ProviderProfile>;
  /**
   * New tokens for old ones. The old refresh token may work no more, so the new ones have to be kept.
   * @throws AppError `unauthorized` when the person has to sign in again, `fetch_failed`
   */
  refresh(tokens: ProviderTokens): Promise<ProviderTokens>;
  /**
   * Where somebody ends their session at the provider too, and comes back from. Null where it has no such place.
   * @throws AppError `fetch_failed`
   */
  toLogOutUrl(backTo: string): Promise<URL | null>;
  /** Has the provider forget them; does nothing where it has no way to. @throws AppError `fetch_failed` */
  revoke(tokens: ProviderTokens): Promise<void>;
}
