/** Knex has no types for its dialects, and no other way to one to build on. */
declare module 'knex/lib/dialects/postgres/index.js' {
  import type { Knex } from 'knex';

  export default class KnexPostgres extends Knex.Client {
    _query(connection: unknown, query: unknown): Promise<unknown>;
    destroy(callback?: () => void): Promise<void>;
  }
}
