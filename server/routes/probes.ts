import { z } from 'zod';
import { BOT_STATES } from '../../core/ports/bot-state.ts';
import { openEndpoint } from '../endpoint.ts';
import type { Metrics } from '../metrics.ts';
import type { Readiness } from '../readiness.ts';

const tag = 'Operation';
const partShape = z.object({ state: z.enum(['ok', 'failing']), message: z.string() });
const reportShape = z
  .object({
    status: z.enum(['ready', 'degraded', 'unavailable']),
    parts: z.object({ database: partShape, vector_store: partShape, model: partShape, jobs: partShape }),
    bots: z.record(z.string(), z.object({ state: z.enum(BOT_STATES), message: z.string() })),
  })
  .meta({ id: 'Readiness' });

export function createProbeEndpoints({ readiness, metrics }: { readiness: Readiness; metrics: Metrics }) {
  return {
    health: openEndpoint({
      summary: 'Whether the process is alive',
      tag,
      responses: {
        200: {
          description: 'It is.',
          content: { 'application/json': { schema: z.object({ status: z.literal('ok') }) } },
        },
      },
      handle: async () => ({ status: 200, body: { status: 'ok' } }),
    }),

    readiness: openEndpoint({
      summary: 'Whether questions can be answered, and what is missing',
      description:
        'Degraded still answers: without the vector store or the model, answers come without them and say so; a bot that is degraded or failed says what is missing.',
      tag,
      responses: {
        200: { description: 'Ready, or degraded.', content: { 'application/json': { schema: reportShape } } },
        503: { description: 'Not now.', content: { 'application/json': { schema: reportShape } } },
      },
      async handle() {
        const report = await readiness.check();
        return { status: report.status === 'unavailable' ? 503 : 200, body: report };
      },
    }),

    metrics: openEndpoint({
      summary: 'Figures for Prometheus',
      tag,
      responses: { 200: { description: 'Metrics.', content: { 'text/plain': { schema: z.string() } } } },
      async handle({ res }) {
        res.setHeader('content-type', metrics.contentType);
        res.send(await metrics.render());
        return null;
      },
    }),
  };
}
