import { describe, expect, it } from 'vitest';
import type { BotReport } from '../../core/ports/bot-state.ts';
import { createReadiness } from '../../server/readiness.ts';

const works = async () => {};
const allWork = { database: works, vector_store: works, model: works, jobs: works };

function createClock() {
  let now = 0;
  return {
    now: () => new Date(now),
    advance(ms: number) {
      now += ms;
    },
  };
}

describe('readiness', () => {
  it('counts a part that hangs as failing', async () => {
    const readiness = createReadiness({
      clock: createClock(),
      timeoutMs: 10,
      checks: { database: works, vector_store: () => new Promise(() => {}), model: works, jobs: works },
    });

    expect(await readiness.check()).toMatchObject({
      status: 'degraded',
      parts: { vector_store: { state: 'failing', message: 'The vector store did not answer within 0.01 seconds.' } },
    });
  });

  it('looks at the model anew while the last questions leave it in doubt', async () => {
    let isInDoubt = false;
    let calls = 0;
    const model = async () => {
      calls += 1;
    };
    const checks = { ...allWork, model };
    const readiness = createReadiness({
      clock: createClock(),
      checks,
      isInDoubt: (part) => part === 'model' && isInDoubt,
    });

    await readiness.check();
    await readiness.check();
    isInDoubt = true;
    await readiness.check();

    expect(calls).toBe(2);
  });

  it('asks the model again only after a minute, and a failing one after five seconds', async () => {
    const clock = createClock();
    let calls = 0;
    let isBroken = false;
    const model = async () => {
      calls += 1;
      if (isBroken) throw new Error('broken');
    };
    const readiness = createReadiness({ clock, checks: { database: works, vector_store: works, model, jobs: works } });

    await readiness.check();
    clock.advance(59_000);
    await readiness.check();
    expect(calls).toBe(1);

    isBroken = true;
    clock.advance(1_000);
    expect((await readiness.check()).status).toBe('degraded');
    isBroken = false;
    clock.advance(5_000);
    expect((await readiness.check()).status).toBe('ready');
    expect(calls).toBe(3);
  });

  it('looks at the database every time', async () => {
    let isBroken = false;
    const database = async () => {
      if (isBroken) throw new Error('broken');
    };
    const readiness = createReadiness({
      clock: createClock(),
      checks: { database, vector_store: works, model: works, jobs: works },
    });

    expect((await readiness.check()).status).toBe('ready');
    isBroken = true;
    expect((await readiness.check()).status).toBe('unavailable');
  });

  it('tells how each bot is doing, and that a bot in trouble makes things worse but not impossible', async () => {
    const bots: BotReport[] = [
      { platform: 'discord', state: 'degraded', detail: 'Message Content Intent is off.' },
      { platform: 'slack', state: 'connected', detail: 'connected by Socket Mode' },
    ];
    const readiness = createReadiness({ clock: createClock(), checks: allWork, bots: () => bots });

    expect(await readiness.check()).toMatchObject({
      status: 'degraded',
      bots: {
        discord: { state: 'degraded', message: 'Message Content Intent is off.' },
        slack: { state: 'connected' },
      },
    });
    bots[0] = { platform: 'discord', state: 'connected', detail: 'connected as Parley' };
    expect((await readiness.check()).status).toBe('ready');
  });

  it('gives a bot a minute to connect', async () => {
    const clock = createClock();
    const bots = (): BotReport[] => [{ platform: 'twitch', state: 'connecting', detail: 'connecting to Twitch' }];
    const readiness = createReadiness({ clock, checks: allWork, bots });

    expect((await readiness.check()).status).toBe('ready');
    clock.advance(59_000);
    expect((await readiness.check()).status).toBe('ready');
    clock.advance(1_000);
    expect((await readiness.check()).status).toBe('degraded');
  });
});
