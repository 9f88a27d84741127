import type { TestHttpServer } from './test-http-server.ts';

export interface DescribedOperation {
  /** As `PATCH /api/sessions/{session_id}`. */
  route: string;
  method: string;
  path: string;
  needsToken: boolean;
  takesBody: boolean;
}

/** Every route that `/openapi.json` tells of, so that what walks them misses none that is added. */
export async function listOperations(t: Pick<TestHttpServer, 'request'>): Promise<DescribedOperation[]> {
  const { paths } = await (await t.request('GET', '/openapi.json')).json();
  return Object.entries<Record<string, { security: object[]; requestBody?: object }>>(paths).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, { security, requestBody }]) => ({
        route: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        needsToken: security.length > 0,
        takesBody: requestBody !== undefined,
      })),
  );
}
