/** Accounts elsewhere that tell something of a person, besides who they are. */
export const PROFILE_PROVIDERS = ['spotify', 'github', 'twitch'] as const;

export type ProfileProvider = (typeof PROFILE_PROVIDERS)[number];

/** Reads what somebody's account elsewhere tells of them. */
export interface ProfileReader {
  provider: ProfileProvider;
  /** What its document is called, where an answer names its sources. */
  title: string;
  /** What is read, in words for whoever is asked to consent. */
  reads: string;
  /** Needed besides those of signing in. */
  scopes: readonly string[];
  /**
   * @returns Markdown, in words that meet the questions it answers: its owner is "you"
   * @throws AppError `unauthorized` when the token is not accepted, `forbidden` when it was not granted for this,
   * `rate_limited`, `fetch_failed`
   */
  read(accessToken: string, options: { signal: AbortSignal }): Promise<string>;
}
