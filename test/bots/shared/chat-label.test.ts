import { describe, expect, it } from 'vitest';
import { chatLabel } from '../../../bots/shared/chat-label.ts';

const now = new Date('2026-03-10T12:00:00Z');
const chat = (title: string, updatedAt: string) => ({
  title,
  platform: 'slack' as const,
  updatedAt: new Date(updatedAt),
});

describe('the label of a chat', () => {
  it.each([
    ['2026-03-10T11:59:30Z', 'just now'],
    ['2026-03-10T11:20:00Z', '40 minutes ago'],
    ['2026-03-09T11:00:00Z', 'yesterday'],
    ['2026-03-08T11:00:00Z', '2 days ago'],
    ['2025-01-01T00:00:00Z', 'last year'],
    // A clock that is ahead of ours.
    ['2026-03-10T12:00:05Z', 'just now'],
  ])('of %s ends with %j', (updatedAt, ago) => {
    expect(chatLabel(chat('Ports', updatedAt), { now, limit: 100 })).toBe(`Ports · Slack · ${ago}`);
  });

  it('shortens the title, not where and when', () => {
    const label = chatLabel(chat('x'.repeat(200), '2026-03-08T11:00:00Z'), { now, limit: 100 });

    expect(label).toHaveLength(100);
    expect(label).toMatch(/^x+… · Slack · 2 days ago$/);
  });
});
