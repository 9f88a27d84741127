export const PROVIDERS = ['github', 'google', 'spotify', 'twitch', 'discord', 'slack', 'oidc'] as const;

export type Provider = (typeof PROVIDERS)[number];

/** Made for one attempt to sign in and kept where only the browser that began it can bring it back. */
export interface SignInSecrets {
  state: string;
  /** Of PKCE. */
  verifier: string;
  nonce: string;
}

export interface ProviderTokens {
  accessToken: string;
  refreshToken: string | null;
  /** ISO 8601, where the provider tells. */
  expiresAt: string | null;
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
  createSecrets(): SignInSecrets;
  /** Where to send the browser. @throws AppError `fetch_failed` */
  toAuthorizeUrl(secrets: SignInSecrets): Promise<URL>;
  /**
   * Reads the answer that the browser brought back.
   * @param query of the request to the callback address, `?` included
   * @throws AppError `forbidden` when the person declined, `invalid_request` when the answer is not one to this
   * attempt, `fetch_failed` when the provider cannot be reached or does not give what it should
   */
  finish(query: string, secrets: SignInSecrets): Promise<ProviderProfile>;
}
