import { Command, CommanderError, Option } from 'commander';
import { AppError } from '../core/errors.ts';
import manifest from '../package.json' with { type: 'json' };
import { type CommandLine, EXIT } from './command-line.ts';
import { addCommand } from './commands/add.ts';
import { backupCommand } from './commands/backup.ts';
import { creditCommand } from './commands/credit.ts';
import { doctorCommand } from './commands/doctor.ts';
import { listCommand } from './commands/list.ts';
import { moveCommand } from './commands/move.ts';
import { removeCommand } from './commands/remove.ts';
import { restoreCommand } from './commands/restore.ts';
import { rotateKeysCommand } from './commands/rotate-keys.ts';
import { searchCommand } from './commands/search.ts';
import { slackManifestCommand } from './commands/slack-manifest.ts';
import { syncCommand } from './commands/sync.ts';

/**
 * The commands an operator types.
 * @returns `run`, which takes the arguments after `parley`, never throws, and gives the exit code
 */
export function createCli(line: CommandLine): { run(args: string[]): Promise<number> } {
  return {
    async run(args) {
      let exitCode: number = EXIT.done;
      const program = createProgram(line, (code) => {
        exitCode = code;
      });
      try {
        await program.parseAsync(args, { from: 'user' });
        return exitCode;
      } catch (error) {
        return explain(error, line, args.includes('--json'));
      }
    },
  };
}

type Action = (parts: CommandLine, ...input: never[]) => Promise<number>;

function createProgram(line: CommandLine, setExitCode: (code: number) => void): Command {
  const run =
    <Run extends Action>(action: Run) =>
    async (...input: unknown[]) => {
      setExitCode(await action(line, ...(input as never[])));
    };
  const json = () => new Option('--json', 'print JSON instead of words');
  const program = new Command('parley')
    .description('One assistant for every place a community talks, answering from your own documents.')
    .addHelpText('after', '\nWithout a command Parley starts.')
    .version(manifest.version, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => line.print(text.trimEnd()),
      writeErr: (text) => line.complain(text.trimEnd()),
    });

  program
    .command('start')
    .description('start Parley, which is also what happens without a command')
    .addHelpText(
      'after',
      '\nIts settings are environment variables, and those of a file .env in this folder: README.md lists them.',
    );
  program
    .command('add')
    .description('make a file, folder, glob, page, website, sitemap or text (-) something to answer from')
    .argument('<location...>', 'paths or addresses; - reads text from standard input')
    .option('--audience <list>', 'public, or the spaces that may see it: discord:<id>,slack:<id>,… (default: public)')
    .option('--title <title>', 'what sources of answers call it')
    .option('--url-base <url>', 'where the files can be read on the web')
    .option('--force', 'remove documents even if most of the source is gone')
    .addOption(json())
    .action(run(addCommand));
  program.command('list').description('show all sources').addOption(json()).action(run(listCommand));
  program
    .command('sync')
    .description('read what changed, in one source or all of them')
    .argument('[source]', 'location, title or id')
    .option('--force', 'remove documents even if most of a source is gone')
    .addOption(json())
    .action(run(syncCommand));
  program
    .command('remove')
    .description('take a source away, with all its documents')
    .argument('<source>', 'location, title or id')
    .addOption(json())
    .action(run(removeCommand));
  program
    .command('search')
    .description('show which passages a question finds, and how well they fit')
    .argument('<question...>')
    .option('--audience <space>', 'search as somebody in this space would (default: public documents only)')
    .addOption(json())
    .action(run(searchCommand));
  program
    .command('credit')
    .description('add to what somebody can spend, for example because they have paid you in another way')
    .argument('<person>', 'username, id, or account on a platform, such as discord:<id>')
    .argument('<cents>', 'whole US cents')
    .option('--note <text>', 'why; shown to nobody, kept with the books')
    .addOption(json())
    .action(run(creditCommand));
  program
    .command('backup')
    .description('write everything into one file, also while Parley runs')
    .argument('<file>', 'a new file; it holds secrets')
    .addOption(json())
    .action(run(backupCommand));
  program
    .command('restore')
    .description('read a backup into an unused database or data folder')
    .argument('<file>', 'what parley backup wrote')
    .option('--force', 'replace what is there')
    .addOption(json())
    .action(run(restoreCommand));
  program
    .command('move')
    .description('copy everything into another PostgreSQL that is unused, and prove it')
    .option('--to <address>', 'postgres://user:password@host:5432/database (default: DATABASE_URL)')
    .addOption(json())
    .action(run(moveCommand));
  program
    .command('rotate-keys')
    .description('encrypt all stored secrets again with the first of ENCRYPTION_KEYS')
    .addOption(json())
    .action(run(rotateKeysCommand));
  program
    .command('doctor')
    .description('check every configured part and say what to fix')
    .addOption(json())
    .action(run(doctorCommand));
  program
    .command('slack-manifest')
    .description('print what Slack makes an app from, right for the settings as they are')
    .action(run(slackManifestCommand));
  program
    .command('version')
    .description('print the version')
    .action(() => line.print(manifest.version));
  return program;
}

function explain(error: unknown, line: CommandLine, asJson: boolean): number {
  // Commander has printed its own complaint, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongInput;
  if (line.interrupted.aborted) {
    line.complain('Stopped. Nothing is lost: run the same command again and it continues.');
    return EXIT.interrupted;
  }
  const code = error instanceof AppError ? error.code : 'internal';
  const message = error instanceof Error ? error.message : String(error);
  line.complain(asJson ? JSON.stringify({ error: { code, message } }) : message);
  return ['invalid_request', 'source_not_found', 'not_found', 'conflict'].includes(code)
    ? EXIT.wrongInput
    : EXIT.failed;
}
