#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Only what is imported after this is compiled once and not at each start: hence everything else is behind it.
enableCompileCache();
const { findSaferNode } = await import('./composition/find-safer-node.ts');
const safer = findSaferNode({ file: process.execPath, version: process.versions.node }, process.env.PATH);
// It takes the place of this one, with its number and its streams, so that nobody who started it sees a difference.
if (safer) process.execve?.(safer.file, [safer.file, ...process.execArgv, ...process.argv.slice(1)], process.env);
const { runParley } = await import('./composition/run-parley.ts');
await runParley(process.argv.slice(2), process.env);
