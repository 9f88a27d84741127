import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestHttpServer, type TestHttpServer } from '../support/test-http-server.ts';

describe('going on with a cut answer', () => {
  let t: TestHttpServer;
  const nextCall = () => t.scripted.call(t.scripted.calls.length);

  beforeAll(async () => {
    t = await createTestHttpServer();
  });
  afterAll(() => t[Symbol.asyncDispose]());

  /** Somebody with an answer that met its length limit. */
  async function createCut(reason: 'length' | 'stop' = 'length') {
    const asker = await t.createAsker();
    const call = nextCall();
    const asking = t.request('POST', `/api/sessions/${asker.sessionId}/messages`, {
      token: asker.token,
      body: { text: 'How?' },
    });
    const answer = await call;
    answer.say('First, ');
    answer.finish(reason);
    const { ai_response: message } = await (await asking).json();
    return { ...asker, message };
  }

  const goOn = (id: string, token: string, headers: Record<string, string> = {}) =>
    t.request('POST', `/api/messages/${id}/continue`, { token, headers });

  it('says of an answer that it was cut, and of one that was not', async () => {
    const cut = await createCut();
    const whole = await createCut('stop');

    expect(cut.message).toMatchObject({ status: 'complete', finish_reason: 'length', cut: true });
    expect(whole.message.status).toBe('complete');
    expect(whole.message).not.toHaveProperty('cut');
  });

  it('gives the whole message, which is the same one', async () => {
    const { token, message, sessionId } = await createCut();
    const call = nextCall();
    const going = goOn(message.id, token);
    const answer = await call;
    answer.say('open it.');
    answer.finish();

    const response = await going;

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      user_message: { content: 'How?' },
      ai_response: {
        id: message.id,
        content: 'First, open it.',
        usage: { input_tokens: 2, output_tokens: 2 },
      },
    });
    const list = await (await t.request('GET', `/api/sessions/${sessionId}/messages`, { token })).json();
    expect(list.items).toHaveLength(2);
  });

  it('streams what is new, and then the whole', async () => {
    const { token, message } = await createCut();
    const call = nextCall();
    const going = goOn(message.id, token, { accept: 'text/event-stream' });
    const answer = await call;
    answer.say('open it.');
    answer.finish('length');

    const text = await (await going).text();

    expect(text).toContain('event: delta\ndata: {"text":"open it."}');
    expect(text).not.toContain('{"text":"First');
    expect(text).toMatch(/event: done\ndata: .*"content":"First, open it\.".*"cut":true/);
  });

  it('gives the same again for the same Idempotency-Key', async () => {
    const { token, message } = await createCut();
    const call = nextCall();
    const first = goOn(message.id, token, { 'idempotency-key': 'once' });
    const answer = await call;
    answer.say('open it.');
    answer.finish();
    await first;

    const again = await goOn(message.id, token, { 'idempotency-key': 'once' });

    expect(await again.json()).toMatchObject({ ai_response: { id: message.id, content: 'First, open it.' } });
  });

  it('is refused for what is whole, for strangers, and for what is not there', async () => {
    const cut = await createCut();
    const whole = await createCut('stop');

    const refused = await Promise.all([
      goOn(whole.message.id, whole.token),
      goOn(cut.message.id, whole.token),
      goOn(crypto.randomUUID(), whole.token),
    ]);

    expect(refused.map(({ status }) => status)).toEqual([409, 404, 404]);
  });
});
