import { defineConfig } from 'vitest/config';

/** Real servers of Debian's packages, as operators have them. What is not installed is skipped, and said. */
export default defineConfig({
  test: {
    include: ['test/servers/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    maxWorkers: 1,
    reporters: ['verbose', './test/support/closing-line-reporter.ts'],
  },
});
