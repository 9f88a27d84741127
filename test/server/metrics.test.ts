import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../server/metrics.ts';

describe('metrics', () => {
  it('count what the core tells of a turn', async () => {
    const metrics = createMetrics({ countUnfinished: async () => 3 });

    metrics.observer.turnFinished({ platform: 'web', outcome: 'complete', ms: 1500 });
    metrics.observer.firstToken(20);
    metrics.observer.retrieved(7, 'found');
    metrics.observer.modelFinished(900, { inputTokens: 120, outputTokens: 40 });
    metrics.observer.modelFinished(100, null);
    const lines = (await metrics.render()).split('\n');

    expect(lines).toEqual(
      expect.arrayContaining([
        'parley_turns_total{platform="web",outcome="complete"} 1',
        'parley_turn_duration_seconds_sum{platform="web",outcome="complete"} 1.5',
        'parley_time_to_first_token_seconds_sum 0.02',
        'parley_retrieval_duration_seconds_count{outcome="found"} 1',
        'parley_model_duration_seconds_count{outcome="complete"} 1',
        'parley_model_duration_seconds_count{outcome="failed"} 1',
        'parley_tokens_total{direction="input"} 120',
        'parley_tokens_total{direction="output"} 40',
        'parley_queue_depth 3',
      ]),
    );
  });

  it('are still shown while the database is away', async () => {
    const metrics = createMetrics({ countUnfinished: () => Promise.reject(new Error('away')) });

    const text = await metrics.render();

    expect(text).not.toMatch(/^parley_queue_depth/m);
    expect(text).toContain('process_cpu_user_seconds_total');
  });

  it('say of each bot in which state it is', async () => {
    const metrics = createMetrics({
      countUnfinished: async () => 0,
      bots: () => [{ platform: 'discord', state: 'failed', detail: 'Discord does not accept DISCORD_TOKEN.' }],
    });

    const lines = (await metrics.render()).split('\n').filter((line) => line.startsWith('parley_bot_state{'));

    expect(lines).toEqual([
      'parley_bot_state{platform="discord",state="off"} 0',
      'parley_bot_state{platform="discord",state="connecting"} 0',
      'parley_bot_state{platform="discord",state="connected"} 0',
      'parley_bot_state{platform="discord",state="degraded"} 0',
      'parley_bot_state{platform="discord",state="failed"} 1',
    ]);
  });
});
