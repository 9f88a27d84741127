import { once } from 'node:events';
import type { Response } from 'express';
import { z } from 'zod';
import type { App } from '../../core/app.ts';
import type { ExportedRows } from '../../core/users/export-user.ts';
import { endpoint } from '../endpoint.ts';
import { timestamp, uuid } from '../shapes/text.ts';

const tag = 'Privacy';
const exportShape = z
  .record(z.string(), z.array(z.record(z.string(), z.unknown())))
  .meta({ id: 'Export', description: 'Lists by kind: user, sessions, messages and so on; empty ones are left out.' });
const erasedShape = z
  .object({ user_id: uuid, erased_at: timestamp })
  .meta({ id: 'Erased', description: 'Nothing of this person is left.' });

export function createUserEndpoints({ exportUser, eraseUser }: Pick<App, 'exportUser' | 'eraseUser'>) {
  return {
    export: endpoint({
      summary: 'Everything kept of me',
      description: 'Written while it is read, however long the history is. Passwords, tokens and keys are left out.',
      tag,
      responses: { 200: { description: 'All of it.', content: { 'application/json': { schema: exportShape } } } },
      async handle({ grant, res }) {
        await writeExport(res, exportUser(grant.userId));
        return null;
      },
    }),

    erase: endpoint({
      summary: 'Erase me, and all I said, on every platform',
      description: 'It is done when the answer comes, and cannot be undone. Export first what you want to keep.',
      tag,
      responses: { 200: { description: 'Done.', content: { 'application/json': { schema: erasedShape } } } },
      async handle({ grant }) {
        await eraseUser(grant.userId);
        return { status: 200, body: { user_id: grant.userId, erased_at: new Date().toISOString() } };
      },
    }),
  };
}

/** One JSON object with a list for each section. The head waits for the first rows: until then a failure has words. */
async function writeExport(res: Response, parts: AsyncIterable<ExportedRows>): Promise<void> {
  let section = '';
  const write = async (text: string) => {
    if (!res.headersSent) {
      res.status(200).type('json').setHeader('content-disposition', 'attachment; filename="parley-export.json"');
    }
    if (!res.write(text) && !res.closed) await Promise.race([once(res, 'drain'), once(res, 'close')]);
  };
  try {
    for await (const part of parts) {
      if (res.closed) return;
      const rows = part.rows.map((row) => JSON.stringify(row)).join(',');
      if (part.section === section) await write(`,${rows}`);
      else await write(`${section === '' ? '{' : '],'}${JSON.stringify(part.section)}:[${rows}`);
      section = part.section;
    }
    await write(section === '' ? '{}' : ']}');
    res.end();
  } catch (error) {
    if (!res.headersSent) throw error;
    // Half an export must not look like a whole one.
    res.destroy();
  }
}
