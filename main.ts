#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { createLogger } from './composition/logger.ts';
import { openDatabaseServer } from './composition/open-database-server.ts';
import { type Config, ConfigError, parseConfig } from './config.ts';
import { AppError, StartError } from './core/errors.ts';

/** EX_CONFIG of sysexits.h: supervisors know not to start it again until somebody has changed the settings. */
const EXIT_WRONG_SETTINGS = 78;
const EXIT_CANNOT_RUN = 1;

function readConfig(): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return parseConfig(process.env);
}

/** What a person can mend is told in words; anything else is a bug and shows where it happened. */
function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof StartError || error instanceof AppError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function main(args: string[]): Promise<void> {
  const config = readConfig();
  const logger = createLogger({ level: config.LOG_LEVEL, isTerminal: process.stdout.isTTY });
  if (args.length > 0 && args[0] !== 'start') {
    const { runCommand } = await import('./composition/run-command.ts');
    process.exitCode = await runCommand(args, config);
    return;
  }
  const opening = openDatabaseServer(config, { join: false });
  const { startParley } = await Promise.all([import('./composition/start-parley.ts'), opening]).then(
    ([module]) => module,
  );
  const parley = await startParley(config, { server: await opening, logger });

  let isStopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (isStopping) {
      logger.warn({ signal }, 'stopping at once');
      process.exit(EXIT_CANNOT_RUN);
    }
    isStopping = true;
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

enableCompileCache();
try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(error instanceof ConfigError ? EXIT_WRONG_SETTINGS : EXIT_CANNOT_RUN);
}
