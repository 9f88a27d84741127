import { appendFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends the run with one plain line that any tool can read. Where several runs are to end with one line for all of them,
 * TEST_COUNTS_FILE names the file that each adds its numbers to: passed, failed, skipped.
 */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) count.failed += 1;
      for (const test of module.children.allTests()) count[test.result().state] += 1;
    }
    const file = process.env.TEST_COUNTS_FILE;
    if (file) {
      appendFileSync(file, `${count.passed} ${count.failed} ${count.skipped}\n`);
      return;
    }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed${skipped}\n`);
  }
}
