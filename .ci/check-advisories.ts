import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A dependency with a high or critical advisory fails the check unless it is listed here, with why it does not concern us. */
const allowed = z
  .array(z.strictObject({ id: z.string(), reason: z.string().min(20) }))
  .parse(JSON.parse(readFileSync(process.argv[2] ?? new URL('allowed-advisories.json', import.meta.url), 'utf8')));

const advisory = z.object({ source: z.number(), title: z.string(), url: z.string(), severity: z.string() });
const report = z.object({
  vulnerabilities: z.record(z.string(), z.object({ name: z.string(), via: z.array(z.union([z.string(), advisory])) })),
});

const GRAVE = ['high', 'critical'];

// Advisories come from the registry; where it gives none, as many mirrors do, the check says so and stands for nothing.
const audit = spawnSync('npm', ['audit', '--json'], { encoding: 'utf8' });
const read = report.safeParse(parse(audit.stdout));
if (!read.success) {
  process.stdout.write('Advisories were not checked: this registry gives none.\n');
  process.exit(0);
}

const found = Object.values(read.data.vulnerabilities).flatMap(({ name, via }) =>
  via.filter((cause) => typeof cause !== 'string').map((cause) => ({ name, ...cause, id: idOf(cause.url) })),
);
const grave = found.filter(({ severity }) => GRAVE.includes(severity));
const unexplained = grave.filter(({ id }) => !allowed.some((entry) => entry.id === id));
const outdated = allowed.filter(({ id }) => !grave.some((entry) => entry.id === id));

for (const { name, id, severity, title } of unexplained) {
  process.stderr.write(`${name} has a ${severity} advisory, ${id}: ${title}\n`);
}
for (const { id } of outdated) process.stderr.write(`${id} is allowed in vain: no dependency has it any more.\n`);
if (unexplained.length > 0) {
  process.stderr.write('Update it, or say in .ci/allowed-advisories.json why it does not concern us.\n');
}
process.exit(unexplained.length + outdated.length > 0 ? 1 : 0);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** GHSA-…, as it stands at the end of its address. */
function idOf(url: string): string {
  return url.split('/').at(-1) ?? url;
}
