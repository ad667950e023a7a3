export { MigrationMismatchError, migrateDown, migrateUp, migrationStatus } from './migrate.ts';
export { migrations } from './registry.ts';
export {
  DatabaseKeyError,
  DatabasePrivilegeError,
  connectForLongWork,
  connectForSetUp,
  isPrepared,
  plainDate,
  prepareDatabase,
  urlAs,
  type DatabaseSecrets,
  type DatabaseUrls,
} from './prepare-database.ts';
export { runServerAlone } from './server/run-server-alone.ts';
export { serverUser } from './server/server-binaries.ts';
export {
  POSTGRES_MAJOR,
  StartError,
  openEmbeddedServer,
  startEmbeddedServer,
  type EmbeddedServer,
} from './server/embedded-server.ts';
