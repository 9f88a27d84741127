import type { REST } from 'discord.js';
import type { App } from '../../core/app.ts';
import type { Encryption } from '../../core/encryption/encryption.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { ArrivalOrder } from '../../core/turns/arrival-order.ts';
import type { Acknowledgements } from './acknowledgements.ts';
import type { RequestPace } from './request-pace.ts';

/** What every part of this bot works with. */
export interface DiscordContext {
  app: App;
  /** With the bot's token; stays usable while the gateway is being closed. */
  rest: REST;
  pace: RequestPace;
  encryption: Encryption;
  clock: Clock;
  logger: Logger;
  assistantName: string;
  minEditIntervalMs: number;
  /** Does something in so long; gives what calls it off. */
  after(ms: number, work: () => void): () => void;
  /** Aborted when answers that are still going on are left to the next process. */
  leaving: AbortSignal;
  fetchText(url: string): Promise<string>;
  arrivals: ArrivalOrder;
  acknowledgements: Acknowledgements;
}
