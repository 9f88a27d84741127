import { text } from 'node:stream/consumers';
import { createCli } from '../cli/create-cli.ts';
import type { Config } from '../config.ts';
import { createChecks } from './checks.ts';
import { createLogger } from './logger.ts';
import { openDatabaseServer } from './open-database-server.ts';
import { openParts, type Parts } from './open-parts.ts';

/**
 * Runs one command of `parley`, beside a server on the same data or without one.
 * @returns the exit code
 */
export async function runCommand(args: string[], config: Config): Promise<number> {
  // A command's own words are for the person who typed it: the log speaks up only when something is wrong.
  const logger = createLogger({ level: 'warn', isTerminal: process.stderr.isTTY, fd: 2 });
  const interruption = new AbortController();
  process.once('SIGINT', () => interruption.abort());
  process.once('SIGTERM', () => interruption.abort());

  const opened: Parts[] = [];
  const open = async () => {
    const parts = await openParts(config, { server: await openDatabaseServer(config, { join: true }), logger });
    opened.push(parts);
    await parts.chunkIndex.start();
    return parts;
  };
  const cli = createCli({
    open,
    checks: () => createChecks(config, { open }),
    print: (line) => process.stdout.write(`${line}\n`),
    complain: (line) => process.stderr.write(`${line}\n`),
    readInput: () => text(process.stdin),
    isWatched: process.stderr.isTTY,
    interrupted: interruption.signal,
  });
  try {
    return await cli.run(args);
  } finally {
    for (const parts of opened) await parts.close();
  }
}
