#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Only what is imported after this is compiled once and not at each start: hence everything else is behind it.
enableCompileCache();
const { runParley } = await import('./composition/run-parley.ts');
await runParley(process.argv.slice(2), process.env);
