import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../core/errors.ts';
import type { IndexedChunk } from '../../../core/retrieval/chunk-index.ts';
import { flushRemovedChunks } from '../../../core/retrieval/flush-removed-chunks.ts';
import type { ExportedRows } from '../../../core/users/export-user.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestApp } from '../../support/test-app.ts';

const NEVER = new AbortController().signal;

type TestApp = Awaited<ReturnType<typeof createTestApp>>;

async function ask(t: Pick<TestApp, 'app'>, userId: string, sessionId: string, text: string, eventId: string) {
  const place = { space: 'twitch:ada', isPrivate: false };
  const incoming = { platform: 'twitch' as const, eventId, userId, sessionId, text, place };
  const { turnId } = await t.app.turns.accept(incoming);
  for await (const event of t.app.turns.follow(turnId, { signal: NEVER })) {
    if (event.type === 'done') return { turnId, answerId: event.answer.id };
  }
  throw new Error('no answer');
}

/** A person who has left something in every part of the database that a person can. */
async function createWellKnown(t: Pick<TestApp, 'app' | 'db'>) {
  const { app, db } = t;
  const ada = await app.users.findOrCreate({ platform: 'twitch', platformUserId: 'tw-ada', displayName: 'Ada-name' });
  const session = await app.sessions.create({ userId: ada.id, platform: 'twitch', space: null, title: 'Ada-title' });
  const { turnId, answerId } = await ask(t, ada.id, session.id, 'Ada-question', `ada:${ada.id}`);
  await app.feedback.give({ userId: ada.id, messageId: answerId, rating: 'up', reason: 'Ada-reason' });
  await app.sharedAnswers.share(answerId);
  await app.limits.take({ userId: ada.id, platform: 'twitch', channel: 'c', cooldownMs: 60_000 });
  await db('rate_limits').insert({ key: `questions:${ada.id}`, points: 1, expire: 1 });
  const account = { user_id: ada.id, username: 'Ada-user', username_key: 'Ada-user', email_key: 'Ada-mail' };
  await db('accounts').insert({ ...account, password_hash: 'x' });
  const attempts = ['account:Ada-user', 'login:192.0.2.1:Ada-mail', 'login:192.0.2.1:Grace', 'network:192.0.2.1'];
  await db('sign_in_attempts').insert(attempts.map((key) => ({ key, used: 1, ends_at: new Date() })));
  await app.logins.start(ada.id, { userAgent: 'Ada-browser', network: null });
  await app.apiKeys.create({ userId: ada.id, name: 'Ada-key' });
  await db('slack_requests').insert({ id: 's1', team_id: 'T', request: 'Ada-request', turn_id: turnId });
  const reply = { message_id: 'm', channel: 'c', room_id: 'r', asker_login: 'Ada-login', text: 'Ada-reply' };
  await db('twitch_replies').insert({ ...reply, event_id: 't1', asker_id: 'tw-ada', done_at: new Date() });
  const credit = { amountMicros: 5, kind: 'credit', from: 'operator', key: 'c', note: 'Ada-note' } as const;
  await app.wallets.credit({ userId: ada.id, ...credit });
  const source = { kind: 'text', location: `text:${ada.id}`, title: 'Ada-taste', body: 'Ada-body' };
  const sourceId = randomUUID();
  await db('sources').insert({ id: sourceId, ...source, audience: [`user:${ada.id}`] });
  const documentId = randomUUID();
  await db('documents').insert({
    id: documentId,
    source_id: sourceId,
    location: '',
    title: 'Ada-taste',
    content_hash: 'h',
    language: 'en',
  });
  const chunkId = randomUUID();
  const chunk = {
    id: chunkId,
    document_id: documentId,
    source_id: sourceId,
    position: 0,
    headings: [],
    text: 'Ada-body',
  };
  await db('chunks').insert(chunk);
  return { user: ada, sessionId: session.id, chunkId };
}

/** Rows of any table that hold one of these texts anywhere. */
async function findTraces(db: Knex, texts: string[]): Promise<string[]> {
  const tables = await db('pg_tables').where({ schemaname: 'public' }).pluck('tablename');
  const traces: string[] = [];
  for (const table of tables) {
    for (const text of texts) {
      const { rows } = await db.raw('select count(*)::int as n from ?? as r where position(? in r::text) > 0', [
        table,
        text,
      ]);
      if (rows[0].n > 0) traces.push(`${table}: ${text}`);
    }
  }
  return traces;
}

async function readExport(parts: AsyncIterable<ExportedRows>): Promise<Record<string, Record<string, unknown>[]>> {
  const all: Record<string, Record<string, unknown>[]> = {};
  for await (const { section, rows } of parts) all[section] = [...(all[section] ?? []), ...rows];
  return all;
}

function createAnsweringApp() {
  return createTestApp({ model: createScriptedModel({ reply: () => 'Ada-answer' }) });
}

describe('erasing a person', () => {
  it('leaves neither their id nor a word of theirs in any table', async () => {
    await using t = await createAnsweringApp();
    const { user } = await createWellKnown(t);
    const before = await findTraces(t.db, [user.id, 'Ada-']);

    await t.app.eraseUser(user.id);

    expect(before.length).toBeGreaterThan(12);
    expect(await findTraces(t.db, [user.id, 'Ada-', 'tw-ada'])).toEqual([]);
    expect(await t.db('sign_in_attempts').pluck('key')).toEqual(['login:192.0.2.1:Grace', 'network:192.0.2.1']);
  });

  it('has the index forget at once what only they could find', async () => {
    await using t = await createAnsweringApp();
    const { user, chunkId } = await createWellKnown(t);
    t.chunkIndex.chunks.set(chunkId, {} as IndexedChunk);

    await t.app.eraseUser(user.id);

    expect([...t.chunkIndex.chunks.keys()]).toEqual([]);
    expect(await t.db('chunk_removals').pluck('chunk_id')).toEqual([]);
  });

  it('is done while the index cannot be reached, which forgets as soon as it can', async () => {
    await using t = await createAnsweringApp();
    const { user, chunkId } = await createWellKnown(t);
    t.chunkIndex.chunks.set(chunkId, {} as IndexedChunk);

    t.chunkIndex.failWith = new AppError('vector_store_unavailable', 'The index is down.');
    await t.app.eraseUser(user.id);
    const noted = await t.db('chunk_removals').pluck('chunk_id');
    t.chunkIndex.failWith = null;
    await flushRemovedChunks(t.db, t.chunkIndex);

    expect(noted).toEqual([chunkId]);
    expect([...t.chunkIndex.chunks.keys()]).toEqual([]);
    expect(await t.db('chunk_removals').pluck('chunk_id')).toEqual([]);
  });

  it('keeps what others said in a thread that they began', async () => {
    await using t = await createAnsweringApp();
    const { user, sessionId } = await createWellKnown(t);
    const bob = await t.app.users.findOrCreate({ platform: 'twitch', platformUserId: 'tw-bob', displayName: 'Bob' });
    await ask(t, bob.id, sessionId, 'What does Bob ask?', 'bob-1');

    await t.app.eraseUser(user.id);

    const page = await t.app.messages.list({ userId: bob.id, sessionId, limit: 10 });
    expect(page.items.map(({ content }) => content)).toEqual(['What does Bob ask?', 'Ada-answer']);
    expect(await findTraces(t.db, [user.id, 'Ada-title', 'Ada-question'])).toEqual([]);
  });

  it('stops an answer that is being written, and stores nothing of it', async () => {
    await using t = await createTestApp();
    const user = await t.app.users.createVisitor();
    const session = await t.app.sessions.create({ userId: user.id, platform: 'web', space: null });
    const incoming = { platform: 'web' as const, eventId: 'e', userId: user.id, sessionId: session.id };
    await t.app.turns.accept({ ...incoming, text: 'A long story', place: { space: null, isPrivate: true } });
    const call = await t.model.call(0);

    await t.app.eraseUser(user.id);

    expect(call.signal.aborted).toBe(true);
    await t.stop({ drainMs: 5000 });
    expect(await findTraces(t.db, [user.id, 'A long story'])).toEqual([]);
  });

  it('touches nobody else, and does nothing for somebody who is gone', async () => {
    await using t = await createAnsweringApp();
    const { user } = await createWellKnown(t);
    const other = await t.app.users.createVisitor();

    await t.app.eraseUser(other.id);
    await t.app.eraseUser(other.id);

    expect(await t.app.users.find(other.id)).toBeNull();
    expect(await t.app.users.find(user.id)).not.toBeNull();
    expect((await readExport(t.app.exportUser(user.id))).messages).toHaveLength(2);
  });
});

describe('exporting a person', () => {
  it('gives everything they said and were answered, on every platform', async () => {
    await using t = await createAnsweringApp();
    const { user } = await createWellKnown(t);

    const all = await readExport(t.app.exportUser(user.id));

    expect(Object.keys(all)).toEqual([
      'user',
      'account',
      'identities',
      'logins',
      'api_keys',
      'sessions',
      'turns',
      'messages',
      'feedback',
      'shared_answers',
      'usage',
      'wallet',
      'ledger',
      'sources',
      'passages',
      'twitch_replies',
    ]);
    expect(all.messages?.map(({ content }) => content).sort()).toEqual(['Ada-answer', 'Ada-question']);
    expect(all.feedback?.[0]).toMatchObject({ rating: 'up', reason: 'Ada-reason' });
    expect(all.sources?.[0]).toMatchObject({ body: 'Ada-body' });
    expect(all.passages?.[0]).toMatchObject({ title: 'Ada-taste', text: 'Ada-body' });
    expect(all.twitch_replies?.[0]).toMatchObject({ asker_login: 'Ada-login', text: 'Ada-reply' });
  });

  it('reads a history longer than one batch, each message once', async () => {
    await using t = await createAnsweringApp();
    const { user, sessionId } = await createWellKnown(t);
    const turnId = await t.db('turns').where({ user_id: user.id }).first('id');
    const rows = Array.from({ length: 1200 }, (_, index) => ({
      id: randomUUID(),
      session_id: sessionId,
      turn_id: turnId.id,
      position: 1000 + index,
      role: 'user',
      content: `line ${index}`,
      status: 'complete',
    }));
    await t.db.batchInsert('messages', rows, 300);

    const { messages = [] } = await readExport(t.app.exportUser(user.id));

    expect(new Set(messages.map(({ id }) => id)).size).toBe(1202);
    expect(messages).toHaveLength(1202);
  });

  it('gives nothing of anybody else, and no secrets', async () => {
    await using t = await createAnsweringApp();
    await createWellKnown(t);
    const other = await t.app.users.createVisitor();
    await t.app.logins.start(other.id, { userAgent: null, network: null });

    const text = JSON.stringify(await readExport(t.app.exportUser(other.id)));

    expect(text).not.toContain('Ada-');
    expect(text).not.toMatch(/hash|tokens/);
  });
});
