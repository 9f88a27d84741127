import { type Check, type CheckResult, type CommandLine, EXIT } from '../command-line.ts';

const MARKS: Record<CheckResult['state'], string> = { ok: '✓', off: '–', warning: '!', failed: '✗' };

/** `parley doctor`: looks at every part; what failed says how to mend it. */
export async function doctorCommand(line: CommandLine, options: { json?: boolean }): Promise<number> {
  const results = [];
  for (const check of line.checks()) {
    line.interrupted.throwIfAborted();
    const result = { name: check.name, ...(await look(check)) };
    if (!options.json) for (const text of describe(result)) line.print(text);
    results.push(result);
  }
  if (options.json) line.print(JSON.stringify({ checks: results }, null, 2));
  const failed = results.filter(({ state }) => state === 'failed').length;
  if (!options.json) line.print(failed === 0 ? '\nNothing has to be fixed.' : `\nTo fix: ${failed}.`);
  return failed === 0 ? EXIT.done : EXIT.failed;
}

async function look(check: Check): Promise<CheckResult> {
  try {
    return await check.run();
  } catch (error) {
    return { state: 'failed', detail: error instanceof Error ? error.message : String(error) };
  }
}

function describe({ name, state, detail, fix }: CheckResult & { name: string }): string[] {
  return [`${MARKS[state]} ${name}: ${detail}`, ...(fix ? [`    ${fix}`] : [])];
}
