export const BOT_STATES = ['off', 'connecting', 'connected', 'degraded', 'failed'] as const;

/** How one bot is doing, the same for every platform. */
export interface BotState {
  /**
   * `degraded`: it is there and answers, but something that people would expect does not work. `failed`: it is not
   * there, and will not be before somebody changes something. Whatever mends itself by trying again is `connecting`.
   */
  state: (typeof BOT_STATES)[number];
  /** For the operator, in words: what it is connected as, or what is missing and how to mend it. No secrets: probes show it. */
  detail: string;
}

/** The state of the bot of one platform. */
export interface BotReport extends BotState {
  platform: string;
}
