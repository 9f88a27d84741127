import { text } from 'node:stream/consumers';
import { slackManifest } from '../bots/slack/manifest.ts';
import { createCli } from '../cli/create-cli.ts';
import type { Config } from '../config.ts';
import { createBackup, restoreBackup } from './backups.ts';
import { createChecks } from './checks.ts';
import { createEmbedder } from './create-embedder.ts';
import { createKnownSecrets } from './known-secrets.ts';
import { createLogger } from './logger.ts';
import { moveDatabase } from './move-database.ts';
import { openDatabaseServer } from './open-database-server.ts';
import { openParts, type Parts } from './open-parts.ts';
import { rotateStoredSecrets } from './stored-secrets.ts';

/** Whether only words are wanted, which are there before anything is set up rightly. */
function asksForWords(args: string[]): boolean {
  const [first] = args;
  return first === 'help' || first === 'version' || args.some((arg) => WORDS.includes(arg));
}

const WORDS = ['--help', '-h', '--version', '-V'];

/**
 * Runs one command of `parley`, beside a server on the same data or without one.
 * @param readConfig throws a ConfigError when a setting is wrong
 * @returns the exit code
 */
export async function runCommand(args: string[], readConfig: () => Config): Promise<number> {
  // A reader that has seen enough, such as `head`, is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const secrets = createKnownSecrets(asksForWords(args) ? {} : readConfig());
  // A command tells the person who typed it what did not work, in its own words: the log only says what is our fault.
  const logger = createLogger({ level: 'error', isTerminal: process.stderr.isTTY, secrets, fd: 2 });
  const interruption = new AbortController();
  process.once('SIGINT', () => interruption.abort());
  process.once('SIGTERM', () => interruption.abort());

  const opened: Parts[] = [];
  const open = async () => {
    const config = readConfig();
    const server = await openDatabaseServer(config, { join: true });
    const parts = await openParts(config, { server, embedder: await createEmbedder(config, logger), logger });
    opened.push(parts);
    await parts.chunkIndex.start();
    return parts;
  };
  const cli = createCli({
    open,
    rotateKeys: () => rotateStoredSecrets(readConfig(), { logger, signal: interruption.signal }),
    backup: (file) => createBackup(readConfig(), { file, logger }),
    restore: (file, { force }) => restoreBackup(readConfig(), { file, force, logger, signal: interruption.signal }),
    move: (options) => moveDatabase(readConfig(), { ...options, logger, signal: interruption.signal }),
    checks: () => createChecks(readConfig(), { open, logger }),
    slackManifest: () => toManifest(readConfig()),
    print: (line) => process.stdout.write(`${line}\n`),
    complain: (line) => process.stderr.write(`${line}\n`),
    readInput: () => text(process.stdin),
    watched: process.stderr.isTTY ? process.stderr : null,
    interrupted: interruption.signal,
  });
  try {
    return await cli.run(args);
  } finally {
    for (const parts of opened) await parts.close();
  }
}

function toManifest(config: Config) {
  const isHttp = config.SLACK_APP_TOKEN === undefined && config.SLACK_SIGNING_SECRET !== undefined;
  return slackManifest({
    publicUrl: config.PUBLIC_URL,
    assistantName: config.ASSISTANT_NAME,
    mode: isHttp ? 'http' : 'socket',
    manyWorkspaces: config.SLACK_CLIENT_ID !== undefined,
  });
}
