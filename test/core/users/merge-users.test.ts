import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { describe, expect, it } from 'vitest';
import { retryDeadlock } from '../../../core/db/retry-deadlock.ts';
import type { Retrieval } from '../../../core/retrieval/retrieval.ts';
import { MERGE_STEPS } from '../../../core/users/merge-steps.ts';
import { mergeUsers } from '../../../core/users/merge-users.ts';
import { reconcileLedger } from '../../../core/wallet/reconcile.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestApp } from '../../support/test-app.ts';

const NEVER = new AbortController().signal;

type Test = Pick<Awaited<ReturnType<typeof createTestApp>>, 'app' | 'db'>;

const answering = () => ({ model: createScriptedModel({ reply: () => 'Hello!' }) });
const merge = ({ db }: Pick<Test, 'db'>, fromId: string, intoId: string) =>
  retryDeadlock(() => db.transaction((trx) => mergeUsers(trx, { fromId, intoId, now: new Date() })));
const rowsOf = async (db: Knex, table: string, userId: string) => db(table).where({ user_id: userId });

function createMember({ app }: Test, name: string) {
  return app.users.findOrCreate({ platform: 'discord', platformUserId: `d-${name}`, displayName: name });
}

async function ask({ app }: Test, userId: string, text: string, placeId = 'room') {
  const place = { platform: 'discord', space: 'discord:g', kind: 'channel', id: placeId, isPrivate: true } as const;
  const session = await app.conversations.current({ userId, place });
  const said = { platform: 'discord', eventId: randomUUID(), userId, sessionId: session.id, text } as const;
  const { turnId } = await app.turns.accept({ ...said, place: { space: place.space, isPrivate: true } });
  for await (const event of app.turns.follow(turnId, { signal: NEVER })) {
    if (event.type === 'done') return { turnId, sessionId: session.id, answerId: event.answer.id };
  }
  throw new Error('no answer');
}

function grant({ app }: Test, userId: string, amountMicros: number) {
  return app.wallets.credit({ userId, amountMicros, kind: 'credit', from: 'operator', key: randomUUID() });
}

async function register({ app }: Test, username: string) {
  return app.accounts.register({ username, email: null, password: 'a long enough passphrase', network: username });
}

async function addOwnSource({ db }: Test, audience: string[]): Promise<{ sourceId: string; chunkId: string }> {
  const [sourceId, documentId, chunkId] = [randomUUID(), randomUUID(), randomUUID()];
  await db('sources').insert({ id: sourceId, kind: 'text', location: sourceId, title: 'Taste', audience });
  const document = { id: documentId, source_id: sourceId, location: '', title: 'Taste', content_hash: 'h' };
  await db('documents').insert({ ...document, language: 'en' });
  const chunk = { id: chunkId, document_id: documentId, source_id: sourceId, position: 0, headings: [], text: 'jazz' };
  await db('chunks').insert({ ...chunk, embedding_model: 'm' });
  return { sourceId, chunkId };
}

describe('merging two people', () => {
  it('says of every column that refers to a person what happens to it', async () => {
    await using t = await createTestApp();

    const { rows } = await t.db.raw(`
      select conrelid::regclass::text || '.' || attname as name
      from pg_constraint join pg_attribute on attrelid = conrelid and attnum = any(conkey)
      where contype = 'f' and confrelid = 'users'::regclass`);
    const columns = rows.map(({ name }: { name: string }) => name);

    // A column that is missing here has to be added to core/users/merge-steps.ts: its rows would be deleted.
    expect(Object.keys(MERGE_STEPS)).toEqual(expect.arrayContaining(columns));
    const unknown = Object.keys(MERGE_STEPS).filter((name) => !columns.includes(name));
    expect(unknown).toEqual(['usage_records.user_id', 'wallets.user_id', 'sources.audience']);
  });

  it('gives one all that was the other’s, and leaves nothing behind', async () => {
    await using t = await createTestApp(answering());
    const [ada, grace] = [await createMember(t, 'ada'), await register(t, 'grace')];
    const asked = await ask(t, ada.id, 'the question');
    await t.app.feedback.give({ userId: ada.id, messageId: asked.answerId, rating: 'up' });
    await t.app.logins.start(ada.id, { userAgent: 'phone', network: null });
    await addOwnSource(t, [`user:${ada.id}`]);
    await t.app.links.create({ userId: ada.id });

    expect(await merge(t, ada.id, grace.id)).toBe(true);

    const { items } = await t.app.sessions.list({ userId: grace.id, limit: 10 });
    expect(items).toMatchObject([{ id: asked.sessionId, messageCount: 2, platform: 'discord' }]);
    for (const table of ['identities', 'turns', 'feedback', 'conversations', 'logins']) {
      expect({ table, rows: (await rowsOf(t.db, table, grace.id)).length }).toEqual({ table, rows: 1 });
    }
    const tables: string[] = await t.db('pg_tables').where({ schemaname: 'public' }).pluck('tablename');
    const traces: string[] = [];
    for (const table of tables) {
      const { rows } = await t.db.raw('select 1 from ?? as r where position(? in r::text) > 0', [table, ada.id]);
      if (rows.length > 0) traces.push(table);
    }
    // Counters of the last hour lapse by themselves.
    expect(traces.filter((table) => table !== 'question_counts')).toEqual(['merged_users']);
  });

  it('goes on with the next question in the same session, for whoever still has the old id', async () => {
    await using t = await createTestApp(answering());
    const [ada, grace] = [await createMember(t, 'ada'), await createMember(t, 'grace')];
    const before = await ask(t, ada.id, 'one');
    await merge(t, ada.id, grace.id);

    const after = await ask(t, ada.id, 'two');

    expect(after.sessionId).toBe(before.sessionId);
    expect(t.model.calls[1]?.request.messages.map(({ content }) => content)).toEqual(['one', 'Hello!', 'two']);
    expect(await rowsOf(t.db, 'turns', grace.id)).toHaveLength(2);
    expect((await t.app.users.findByIdentity({ platform: 'discord', platformUserId: 'd-ada' }))?.id).toBe(grace.id);
  });

  it('lets an answer that is being written end, and be found', async () => {
    await using t = await createTestApp();
    const [ada, grace] = [await createMember(t, 'ada'), await createMember(t, 'grace')];
    const asking = ask(t, ada.id, 'slow one');
    const call = await t.model.call(0);
    call.say('Half');

    await merge(t, ada.id, grace.id);
    call.finish();
    const { sessionId } = await asking;

    const { items } = await t.app.messages.list({ userId: grace.id, sessionId, limit: 10 });
    expect(items.map(({ content, status }) => [content, status])).toEqual([
      ['slow one', 'complete'],
      ['Half', 'complete'],
    ]);
  });

  it('lets the one there is by then pay, when the merge comes in the middle of a turn', async () => {
    const people: string[] = [];
    const retrieval: Retrieval = {
      async retrieve() {
        const [from = '', into = ''] = people;
        await merge(t, from, into);
        return { outcome: 'not_needed', passages: [], confidence: 0 };
      },
    };
    await using t = await createTestApp({ ...answering(), retrieval, billing: {} });
    const [ada, grace] = [await createMember(t, 'ada'), await createMember(t, 'grace')];
    people.push(ada.id, grace.id);
    for (const userId of people) await grant(t, userId, 100_000);

    await ask(t, ada.id, 'hi');

    const [spent] = await t.db('usage_records').select('user_id', 'payer', 'cost_micros');
    expect(spent).toMatchObject({ user_id: grace.id, payer: 'wallet' });
    const wallet = await t.app.wallets.open(grace.id);
    expect([wallet.balanceMicros, wallet.heldMicros]).toEqual([200_000 - spent.cost_micros, 0]);
    expect(await reconcileLedger(t.db)).toEqual([]);
  });

  it('pays with the key of who stays, else with the other', async () => {
    await using t = await createTestApp();
    const [ada, grace, joan] = await Promise.all(['ada', 'grace', 'joan'].map((name) => createMember(t, name)));
    const keep = (userId: string, last4: string) =>
      t.db('provider_keys').insert({
        id: randomUUID(),
        user_id: userId,
        provider: 'p',
        base_url: 'https://p.example',
        is_operators_server: false,
        last4,
        api_key: 'x',
        key_id: 'x',
        updated_at: new Date(),
      });
    await keep(ada!.id, 'ada1');
    await keep(grace!.id, 'gra1');

    await merge(t, ada!.id, grace!.id);
    await merge(t, grace!.id, joan!.id);

    expect(await t.db('provider_keys').select('user_id', 'last4')).toEqual([{ user_id: joan!.id, last4: 'gra1' }]);
  });

  it('keeps the later of two opinions', async () => {
    await using t = await createTestApp(answering());
    const [ada, grace] = [await createMember(t, 'ada'), await createMember(t, 'grace')];
    const [first, second] = [await ask(t, ada.id, 'one'), await ask(t, ada.id, 'two')];
    const rate = (userId: string, messageId: string, rating: 'up' | 'down') =>
      t.app.feedback.give({ userId, messageId, rating, wasShown: true });
    await rate(ada.id, first.answerId, 'up');
    await rate(grace.id, first.answerId, 'down');
    await rate(grace.id, second.answerId, 'down');
    await rate(ada.id, second.answerId, 'up');

    await merge(t, ada.id, grace.id);

    const kept = await t.db('feedback').select('message_id', 'rating', 'user_id').orderBy('rating');
    expect(kept).toEqual([
      { message_id: first.answerId, rating: 'down', user_id: grace.id },
      { message_id: second.answerId, rating: 'up', user_id: grace.id },
    ]);
  });

  it('goes on with the session of the one who stays where both talk in one place', async () => {
    await using t = await createTestApp(answering());
    const [ada, grace] = [await createMember(t, 'ada'), await createMember(t, 'grace')];
    await ask(t, ada.id, 'from ada', 'room');
    const elsewhere = await ask(t, ada.id, 'from ada', 'other');
    const graces = await ask(t, grace.id, 'from grace', 'room');

    await merge(t, ada.id, grace.id);

    expect((await ask(t, grace.id, 'next', 'room')).sessionId).toBe(graces.sessionId);
    expect((await ask(t, grace.id, 'next', 'other')).sessionId).toBe(elsewhere.sessionId);
    expect((await t.app.sessions.list({ userId: grace.id, limit: 10 })).items).toHaveLength(3);
  });

  it('keeps one password: the one of who stays, else the other', async () => {
    await using t = await createTestApp();
    const [ada, grace, joan] = [await register(t, 'ada-l'), await register(t, 'grace'), await createMember(t, 'joan')];
    const logIn = (name: string) =>
      t.app.accounts.checkPassword({ name, password: 'a long enough passphrase', network: 'n' });

    await merge(t, ada.id, grace.id);
    await merge(t, grace.id, joan.id);

    expect((await logIn('grace')).id).toBe(joan.id);
    await expect(logIn('ada-l')).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('keeps the model that who stays has chosen, else the other’s', async () => {
    await using t = await createTestApp();
    const [ada, bob, eve] = [await createMember(t, 'ada'), await createMember(t, 'bob'), await createMember(t, 'eve')];
    const chooses = (id: string, model: string) => t.db('users').where({ id }).update({ model });
    const chosen = async (id: string) => (await t.db('users').where({ id }).first('model')).model;
    await chooses(bob.id, 'small');
    await chooses(eve.id, 'large');

    await merge(t, bob.id, ada.id);
    expect(await chosen(ada.id)).toBe('small');
    await merge(t, eve.id, ada.id);
    expect(await chosen(ada.id)).toBe('small');
  });

  it('keeps the API keys of both, also of one name', async () => {
    await using t = await createTestApp();
    const [ada, grace] = [await createMember(t, 'ada'), await createMember(t, 'grace')];
    const { key } = await t.app.apiKeys.create({ userId: ada.id, name: 'script' });
    await t.app.apiKeys.create({ userId: grace.id, name: 'script' });

    await merge(t, ada.id, grace.id);

    expect((await t.app.apiKeys.authenticate(key)).userId).toBe(grace.id);
    const names = (await t.app.apiKeys.list({ userId: grace.id, limit: 10 })).items.map(({ name }) => name);
    expect(names.toSorted()).toEqual(['script', expect.stringMatching(/^script [\da-f]{8}$/)]);
  });

  it('ends the logins of the one who is merged into the other', async () => {
    await using t = await createTestApp();
    const [ada, grace] = [await createMember(t, 'ada'), await createMember(t, 'grace')];
    const { cookie } = await t.app.logins.startWithCookie(ada.id, { userAgent: null, network: null });
    const { refreshToken } = await t.app.logins.start(ada.id, { userAgent: null, network: null });
    const kept = await t.app.logins.startWithCookie(grace.id, { userAgent: null, network: null });

    await merge(t, ada.id, grace.id);

    expect(await t.app.logins.findByCookie(cookie)).toBeNull();
    await expect(t.app.logins.refresh(refreshToken)).rejects.toMatchObject({ code: 'unauthorized' });
    expect((await t.app.logins.findByCookie(kept.cookie))?.userId).toBe(grace.id);
  });

  it('hands on sources for one person, and has the index told', async () => {
    await using t = await createTestApp();
    const [ada, grace] = [await createMember(t, 'ada'), await createMember(t, 'grace')];
    const own = await addOwnSource(t, [`user:${ada.id}`]);
    const both = await addOwnSource(t, [`user:${grace.id}`, `user:${ada.id}`]);
    const others = await addOwnSource(t, ['public']);

    await merge(t, ada.id, grace.id);

    const audiences = new Map((await t.db('sources').select('id', 'audience')).map((row) => [row.id, row.audience]));
    expect(audiences.get(own.sourceId)).toEqual([`user:${grace.id}`]);
    expect(audiences.get(both.sourceId)).toEqual([`user:${grace.id}`]);
    const waiting = await t.db('chunks').whereNull('embedding_model').pluck('id');
    expect(waiting.toSorted()).toEqual([own.chunkId, both.chunkId].toSorted());
    expect(audiences.get(others.sourceId)).toEqual(['public']);
  });

  it('finds nothing to do for those who are one, in whatever order and however often', async () => {
    await using t = await createTestApp(answering());
    const [ada, grace, joan] = await Promise.all(['ada', 'grace', 'joan'].map((name) => createMember(t, name)));
    for (const person of [ada, grace, joan]) await ask(t, person!.id, 'hi', person!.id);

    const merged = await Promise.all([
      merge(t, ada!.id, grace!.id),
      merge(t, grace!.id, ada!.id),
      merge(t, grace!.id, joan!.id),
      merge(t, ada!.id, joan!.id),
    ]);

    expect(merged.filter(Boolean)).toHaveLength(2);
    const owners = await t.db('sessions').distinct('user_id');
    expect(owners).toHaveLength(1);
    expect(await t.db('messages').count().first()).toEqual({ count: 6 });
    expect(await t.db('merged_users').where({ new_id: owners[0].user_id })).toHaveLength(2);
  });

  it('is refused once one of them has been erased', async () => {
    await using t = await createTestApp();
    const [ada, grace] = [await createMember(t, 'ada'), await createMember(t, 'grace')];
    await t.app.eraseUser(ada.id);

    await expect(merge(t, ada.id, grace.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('does not let an old id erase the person it became a part of', async () => {
    await using t = await createTestApp(answering());
    const [ada, grace] = [await createMember(t, 'ada'), await createMember(t, 'grace')];
    await ask(t, ada.id, 'hi');
    await merge(t, ada.id, grace.id);

    await expect(t.app.eraseUser(ada.id)).rejects.toMatchObject({ code: 'conflict' });
    await t.app.eraseUser(grace.id);

    expect(await t.db('messages')).toEqual([]);
    expect(await t.db('merged_users')).toEqual([]);
  });

  it('does not let a token of the web follow', async () => {
    await using t = await createTestApp(answering());
    const [visitor, grace] = [await t.app.users.createVisitor(), await createMember(t, 'grace')];
    const session = await t.app.sessions.create({ userId: visitor.id, platform: 'web', space: null });
    await merge(t, visitor.id, grace.id);

    const place = { space: null, isPrivate: true };
    const said = { platform: 'web', eventId: null, userId: visitor.id, sessionId: session.id, text: 'hi' } as const;

    await expect(t.app.turns.accept({ ...said, place })).rejects.toMatchObject({ code: 'session_not_found' });
  });
});
