import { expect, it } from 'vitest';
import { createChatClient } from '../../widget/src/chat-client.ts';
import { createConversation } from '../../widget/src/conversation.ts';
import { createVisitorAccess } from '../../widget/src/visitor-access.ts';
import type { Visitor } from '../../widget/src/visitor-store.ts';
import { startFakeParleyServer } from '../support/fake-parley-server.ts';

async function setUp() {
  const server = await startFakeParleyServer();
  let visitor: Visitor | null = null;
  const visitors = {
    read: () => visitor,
    write(next: Visitor) {
      visitor = next;
    },
  };
  const base = `${server.url}/`;
  const access = () => createVisitorAccess({ server: base, visitors, userToken: () => '' });
  const network = { isOnline: true, waits: 0, onWait: () => {} };
  const start = () =>
    createConversation({
      client: createChatClient({ server: base, access: access() }),
      visitors,
      isOnline: () => network.isOnline,
      async wait() {
        network.waits += 1;
        network.onWait();
      },
      onChange: () => {},
      onQuestion: () => {},
      onAnswer: () => {},
      onError: () => {},
    });
  const chat = start();
  const seen = (of = chat) => of.state.entries.map(({ role, content, status }) => `${role} ${status}: ${content}`);
  const asked = () =>
    server.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/messages')).length;
  return { server, chat, start, seen, asked, network, [Symbol.asyncDispose]: server.stop };
}

it('asks nothing of the server before the first question', async () => {
  await using t = await setUp();

  await t.chat.resume();

  expect(t.server.requests).toEqual([]);
});

it('shows the question and its answer', async () => {
  await using t = await setUp();

  await t.chat.ask('Why?');

  expect(t.seen()).toEqual(['user complete: Why?', 'assistant complete: You said: Why?']);
});

it('shows the last chat again after a reload', async () => {
  await using t = await setUp();
  await t.chat.ask('Why?');

  const reloaded = t.start();
  await reloaded.resume();

  expect(t.seen(reloaded)).toEqual(t.seen());
});

it('waits for the answer of a chat that was left in the middle of it', async () => {
  await using t = await setUp();
  await t.chat.ask('Why?');
  const id = t.server.sessions[0]!.id;
  t.server.store(id, 'user', 'And then?');
  t.network.onWait = () => {
    if (t.network.waits === 2) t.server.store(id, 'assistant', 'Then that.');
  };

  const reloaded = t.start();
  await reloaded.resume();

  expect(t.seen(reloaded).slice(2)).toEqual(['user complete: And then?', 'assistant complete: Then that.']);
});

it('gives the text back when the question was refused', async () => {
  await using t = await setUp();
  t.server.script({ refuse: { status: 429, code: 'rate_limited', retryAfter: 5 } });
  t.chat.setDraft('Why?');

  await t.chat.ask('Why?');

  expect(t.seen()).toEqual([]);
  expect(t.chat.state).toMatchObject({ draft: 'Why?', notice: { code: 'rate_limited' } });
});

it('does not ask again while it has to wait', async () => {
  await using t = await setUp();
  t.server.script({ refuse: { status: 429, code: 'rate_limited', retryAfter: 60 } });
  await t.chat.ask('Why?');

  await t.chat.ask('Why?');

  expect(t.asked()).toBe(1);
});

it('keeps the text, and sends nothing, while offline', async () => {
  await using t = await setUp();
  t.network.isOnline = false;
  t.chat.setDraft('Why?');

  await t.chat.ask('Why?');

  expect(t.chat.state).toMatchObject({ draft: 'Why?', notice: { code: 'offline' } });
  expect(t.server.requests).toEqual([]);
});

it('keeps what was typed meanwhile when a text comes back', async () => {
  await using t = await setUp();
  await t.server.stop();
  t.chat.setDraft('First');

  const asking = t.chat.ask('First');
  t.chat.setDraft('Second');
  await asking;

  expect(t.chat.state.draft).toBe('First\nSecond');
});

it('finds the answer in the history when the connection dropped, and asks only once', async () => {
  await using t = await setUp();
  t.server.script({ deltas: ['Be'], cut: true, stored: { content: 'Because.', status: 'complete' } });

  await t.chat.ask('Why?');

  expect(t.seen()).toEqual(['user complete: Why?', 'assistant complete: Because.']);
  expect(t.asked()).toBe(1);
});

it('shows an answer that was cut off as what it is', async () => {
  await using t = await setUp();
  t.server.script({ deltas: ['Beca'], cut: true });

  await t.chat.ask('Why?');

  expect(t.seen()).toEqual(['user complete: Why?', 'assistant interrupted: Beca']);
});

it('gives the text back when the connection dropped before the question arrived', async () => {
  await using t = await setUp();
  await t.chat.ask('Why?');
  t.server.script({ refuseConnection: true });

  await t.chat.ask('Why?');

  expect(t.seen()).toEqual(['user complete: Why?', 'assistant complete: You said: Why?']);
  expect(t.chat.state).toMatchObject({ draft: 'Why?', notice: { code: 'unreachable' } });
});

it('says so when the outcome stays unknown', async () => {
  await using t = await setUp();
  t.server.script({ deltas: ['Be'], cut: true, stored: null });

  await t.chat.ask('Why?');

  expect(t.seen()).toEqual(['user complete: Why?', 'assistant failed: Be']);
});

it('replaces a failed answer, and does not leave the question there twice', async () => {
  await using t = await setUp();
  t.server.script({ deltas: ['Half'], error: { code: 'model_timeout', message: 'Too slow.' } });
  await t.chat.ask('Why?');

  await t.chat.retry();

  expect(t.seen()).toEqual(['user complete: Why?', 'assistant complete: You said: Why?']);
  expect(t.server.messages.map(({ content }) => content)).toEqual(['Why?', 'You said: Why?']);
});

it('shows the answer that was finished meanwhile instead of asking again', async () => {
  await using t = await setUp();
  t.server.script({ deltas: ['Be'], cut: true, stored: null });
  await t.chat.ask('Why?');
  t.server.store(t.server.sessions[0]!.id, 'assistant', 'Because.');

  await t.chat.retry();

  expect(t.seen()).toEqual(['user complete: Why?', 'assistant complete: Because.']);
  expect(t.asked()).toBe(1);
});

it('stops an answer and keeps what was written of it', async () => {
  await using t = await setUp();
  t.server.script({ deltas: ['Half', new Promise(() => {})] });

  const asking = t.chat.ask('Why?');
  await expect.poll(() => t.seen().at(-1)).toBe('assistant streaming: Half');
  t.chat.stop();
  await asking;

  expect(t.seen()).toEqual(['user complete: Why?', 'assistant stopped: Half']);
  expect(t.chat.isBusy()).toBe(false);
});

it('goes on in a new chat when the old one was deleted elsewhere', async () => {
  await using t = await setUp();
  await t.chat.ask('Why?');
  t.server.sessions.length = 0;

  await t.chat.ask('And then?');

  expect(t.seen().at(-1)).toBe('assistant complete: You said: And then?');
});

it('lists past chats, opens one, and deletes one', async () => {
  await using t = await setUp();
  await t.chat.ask('First?');
  await t.chat.startNew();
  await t.chat.ask('Second?');

  await t.chat.listSessions();
  const titles = t.chat.state.sessions?.map(({ title }) => title);
  await t.chat.deleteSession(t.chat.state.sessions![0]!.id);
  await t.chat.show(t.chat.state.sessions![0]!.id);

  expect(titles).toEqual(['Second?', 'First?']);
  expect(t.seen()[0]).toBe('user complete: First?');
  expect(t.server.sessions).toHaveLength(1);
});

it('goes on with an answer that its length limit cut, in the same message', async () => {
  await using t = await setUp();
  await t.chat.ask('Why?');
  Object.assign(t.server.messages.at(-1) ?? {}, { cut: true });
  const chat = t.start();
  await chat.resume();
  const before = chat.state.entries.at(-1);

  await chat.goOn();

  expect(before?.status).toBe('cut');
  expect(t.seen(chat)).toEqual(['user complete: Why?', 'assistant complete: You said: Why? And more.']);
  expect(chat.state.entries.at(-1)).toMatchObject({ id: before?.id });
});

it('keeps a cut answer, with the way to go on, when going on does not work', async () => {
  await using t = await setUp();
  await t.chat.ask('Why?');
  Object.assign(t.server.messages.at(-1) ?? {}, { cut: true });
  const chat = t.start();
  await chat.resume();
  t.server.script({ refuse: { status: 429, code: 'rate_limited' } });

  await chat.goOn();

  expect(chat.state.entries.at(-1)).toMatchObject({ content: 'You said: Why?', status: 'cut' });
  expect(chat.state.notice?.code).toBe('rate_limited');
});
