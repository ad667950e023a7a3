export { MigrationMismatchError, migrateDown, migrateUp, migrationStatus } from './migrate.ts';
export { migrations } from './registry.ts';
export {
  DatabasePrivilegeError,
  connectForSetUp,
  connectToFrailServer,
  plainDate,
  prepareDatabase,
  urlAs,
  type DatabaseSecrets,
  type DatabaseUrls,
} from './prepare-database.ts';
export { serverUser } from './server/server-binaries.ts';
export {
  POSTGRES_MAJOR,
  StartError,
  openEmbeddedServer,
  startEmbeddedServer,
  type EmbeddedServer,
} from './server/embedded-server.ts';
