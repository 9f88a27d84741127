import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import KnexPostgres from 'knex/lib/dialects/postgres/index.js';
import type pg from 'pg';
import { isOutOfConnections } from './explain-database-error.ts';

export interface PoolClientOptions {
  /** A pooler lends connections by the transaction: what was named on one of them is unknown on the next. */
  isPooled: boolean;
  /** How long a new connection is asked for again while the server gives none. */
  patienceMs: number;
  /** Called with the code of each statement that failed. */
  onFailure(code: string): void;
}

const PAUSE_MS = 100;
const READ_ONLY = '25006';
/** While everything is read-only, connections are made anew this often and not for each statement. */
const RENEW_MS = 1000;

/** Knex's own client for PostgreSQL, for servers that have few connections, poolers, and bad days. */
export function createPoolClient({ isPooled, patienceMs, onFailure }: PoolClientOptions): typeof Knex.Client {
  // Not in fields: knex makes the clients of transactions without calling the constructor.
  let isDestroyed = false;
  /** Connections made before this keep a default that may be over. */
  let outdatedBefore = Number.NEGATIVE_INFINITY;
  const madeAt = new WeakMap<pg.Client, number>();

  return class PoolClient extends KnexPostgres {
    /**
     * A server that gives no more connections is asked again for a while: meanwhile one of those that the pool has may
     * come free, and goes to whoever has waited longest.
     */
    override async acquireRawConnection(): Promise<pg.Client> {
      const deadline = Date.now() + patienceMs;
      for (;;) {
        try {
          const connection: pg.Client = await super.acquireRawConnection();
          madeAt.set(connection, performance.now());
          return isPooled ? withoutNames(connection) : connection;
        } catch (error) {
          if (!isOutOfConnections(error) || isDestroyed || Date.now() + PAUSE_MS > deadline) throw error;
          await sleep(PAUSE_MS);
        }
      }
    }

    override async validateConnection(connection: pg.Client): Promise<boolean> {
      return (madeAt.get(connection) ?? 0) > outdatedBefore && super.validateConnection(connection);
    }

    override async _query(connection: pg.Client, query: unknown): Promise<unknown> {
      try {
        return await super._query(connection, query);
      } catch (error) {
        const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
        // A connection keeps the default it began with: new ones learn whether writing is allowed again.
        const now = performance.now();
        if (code === READ_ONLY && now - outdatedBefore > RENEW_MS) outdatedBefore = now;
        onFailure(code);
        throw error;
      }
    }

    override async destroy(callback?: () => void): Promise<void> {
      isDestroyed = true;
      await super.destroy(callback);
    }
  };
}

/** Here, because packages name statements of their own on the connections they are given. */
function withoutNames(connection: pg.Client): pg.Client {
  const query = connection.query.bind(connection) as (...args: unknown[]) => unknown;
  const nameless = (statement: unknown, ...rest: unknown[]) =>
    query(isNamed(statement) ? { ...statement, name: undefined } : statement, ...rest);
  return Object.assign(connection, { query: nameless });
}

/** Statements that carry a state of their own (cursors, streams) have a prototype, and no name. */
function isNamed(statement: unknown): statement is { name: string } {
  return (
    typeof statement === 'object' &&
    statement !== null &&
    Object.getPrototypeOf(statement) === Object.prototype &&
    'name' in statement
  );
}
