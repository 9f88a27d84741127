export interface SlackSettings {
  botToken: string | undefined;
  /** Socket Mode when set; HTTP otherwise. */
  appToken: string | undefined;
  signingSecret: string | undefined;
  clientId: string | undefined;
  clientSecret: string | undefined;
  /** Without a slash at its end. */
  apiUrl: string;
  /** Where browsers go to allow an installation; Slack's own unless a test says otherwise. */
  authorizeUrl?: string | undefined;
}

/** Whether the settings are enough for a bot: somewhere to hear from, and a workspace to talk to. */
export function isSlackOn({ botToken, appToken, signingSecret, clientId, clientSecret }: SlackSettings): boolean {
  const canHear = appToken !== undefined || signingSecret !== undefined;
  return canHear && (botToken !== undefined || (clientId !== undefined && clientSecret !== undefined));
}
