import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { createTestHttpServer } from '../support/test-http-server.ts';

describe('probes', () => {
  it('says that the process is alive', async () => {
    await using t = await createTestHttpServer();

    expect(await (await t.request('GET', '/healthz')).json()).toEqual({ status: 'ok' });
  });

  it('is ready when every part answers', async () => {
    await using t = await createTestHttpServer();

    const response = await t.request('GET', '/readyz');

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'ready', parts: { database: { state: 'ok' } } });
  });

  it('is degraded without its vector store, and says so', async () => {
    const vector_store = () => Promise.reject(new AppError('vector_store_unavailable', 'Qdrant cannot be reached.'));
    await using t = await createTestHttpServer({ checks: { vector_store } });

    const response = await t.request('GET', '/readyz');

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: 'degraded',
      parts: { vector_store: { state: 'failing', message: 'Qdrant cannot be reached.' }, model: { state: 'ok' } },
    });
  });

  it('is unavailable without its database, and shows nothing internal', async () => {
    const database = () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:5432'));
    await using t = await createTestHttpServer({ checks: { database } });

    const response = await t.request('GET', '/readyz');
    const report = await response.json();

    expect(response.status).toBe(503);
    expect(report).toMatchObject({
      status: 'unavailable',
      parts: { database: { state: 'failing', message: 'The database cannot be reached.' } },
    });
  });

  it('shows what it counts to Prometheus', async () => {
    await using t = await createTestHttpServer();
    await t.request('GET', '/healthz');

    const response = await t.request('GET', '/metrics');
    const text = await response.text();

    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(text).toContain('parley_http_request_duration_seconds_count{method="GET",route="/healthz",status="200"} 1');
    expect(text).toContain('parley_queue_depth 0');
    expect(text).toContain('process_cpu_user_seconds_total');
  });
});
