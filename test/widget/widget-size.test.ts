import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { buildWidget } from '../support/built-widget.ts';

const BUDGET_BYTES = 20_000;

it('comes to at most 20 kB, gzipped', async () => {
  const script = await buildWidget();

  expect(gzipSync(script, { level: 9 }).length).toBeLessThanOrEqual(BUDGET_BYTES);
});
