import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult } from 'kysely';
import type { ExclusiveConnection } from './exclusive-connections.ts';

/** A Kysely dialect over one lent connection. Transactions are begun and ended by whoever lent it, not by Kysely. */
export function lentDialect(connection: ExclusiveConnection): Dialect {
  const database: DatabaseConnection = {
    executeQuery: async <R>(query: CompiledQuery): Promise<QueryResult<R>> => {
      const result = await connection.run(query.sql, query.parameters);
      const changes = ['INSERT', 'UPDATE', 'DELETE', 'MERGE'].includes(result.command);
      return {
        rows: Array.from(result) as unknown as R[],
        ...(changes ? { numAffectedRows: BigInt(result.count) } : {}),
      };
    },
    streamQuery: () => {
      throw new Error('streaming is not offered on a lent connection');
    },
  };
  const refuse = (): Promise<void> =>
    Promise.reject(new Error('transactions are opened by asActor, never inside one'));
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => database,
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    releaseConnection: async () => {},
    destroy: async () => {},
  };
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => driver,
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}
