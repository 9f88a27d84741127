import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/widget/**/*.browser.test.ts', 'test/servers/**'],
    globalSetup: ['test/support/global-setup.ts'],
    // Nothing waits by the clock: these only end what hangs, and a busy machine may be slow.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    // Most of them wait for something: one for each core leaves the cores idle. More would upset those about time.
    maxWorkers: 2,
    reporters: ['default', './test/support/closing-line-reporter.ts'],
  },
});
