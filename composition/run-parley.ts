import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Config, ConfigError, parseConfig } from '../config.ts';
import { AppError, SettingError, StartError } from '../core/errors.ts';
import type { Logger } from '../core/ports/logger.ts';
import { createEmbedder } from './create-embedder.ts';
import { createKnownSecrets, type KnownSecrets } from './known-secrets.ts';
import { createLogger } from './logger.ts';
import { openDatabaseServer } from './open-database-server.ts';
import type { RunningParley } from './start-parley.ts';

/** EX_CONFIG of sysexits.h: supervisors know not to start it again until somebody has changed the settings. */
const EXIT_WRONG_SETTINGS = 78;
const EXIT_CANNOT_RUN = 1;
/** What PostgreSQL's start needs of this thread, which is busy with importing afterwards. */
const LAUNCH_MS = 60;
/** npm and the terminal each pass one Ctrl-C on: what comes that soon after the first is no second wish. */
const ECHO_MS = 300;

type Environment = Parameters<typeof parseConfig>[0];

/** Runs the server, or one command, and ends the process with the fitting code when it cannot. */
export async function runParley(args: string[], env: Environment): Promise<void> {
  try {
    // It fills the environment of this process, which is what `env` is.
    if (existsSync('.env')) process.loadEnvFile('.env');
    await run(args, () => parseConfig(env));
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    const isWrongSetting = error instanceof ConfigError || error instanceof SettingError;
    process.exit(isWrongSetting ? EXIT_WRONG_SETTINGS : EXIT_CANNOT_RUN);
  }
}

/** What a person can mend is told in words; anything else is a bug and shows where it happened. */
function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof StartError || error instanceof AppError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function run(args: string[], readConfig: () => Config): Promise<void> {
  const isStart = args.length === 0 || (args.length === 1 && args[0] === 'start');
  if (!isStart) {
    const { runCommand } = await import('./run-command.ts');
    process.exitCode = await runCommand(args, readConfig);
    return;
  }
  const config = readConfig();
  const secrets = createKnownSecrets(config);
  const logger = createLogger({ level: config.LOG_LEVEL, isTerminal: process.stdout.isTTY, secrets });
  const parley = await start(config, { logger, secrets });

  let stoppingSince: number | null = null;
  const stop = (signal: NodeJS.Signals) => {
    if (stoppingSince !== null) {
      if (performance.now() - stoppingSince < ECHO_MS) return;
      logger.warn({ signal }, 'stopping at once');
      process.exit(EXIT_CANNOT_RUN);
    }
    stoppingSince = performance.now();
    logger.info(
      { signal, seconds: config.SHUTDOWN_SECONDS },
      'stopping: running answers may end first; once more ends at once',
    );
    parley.stop().then(
      () => process.exit(0),
      (error) => {
        logger.error({ err: error }, 'could not stop cleanly');
        process.exit(EXIT_CANNOT_RUN);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** The embedding model and PostgreSQL, which run beside this thread, get going before it is busy with the rest. */
async function start(
  config: Config,
  { logger, secrets }: { logger: Logger; secrets: KnownSecrets },
): Promise<RunningParley> {
  const embedder = await createEmbedder(config, logger);
  // Whether it can be opened is asked, and told, where it is first needed.
  embedder.open().catch(() => {});
  const opening = openDatabaseServer(config, { join: false });
  await Promise.race([opening, sleep(LAUNCH_MS)]);
  const [{ startParley }, server] = await Promise.all([import('./start-parley.ts'), opening]);
  return startParley(config, { server, embedder, logger, knownSecrets: secrets });
}
