import { openEmbeddedServer, urlAs } from '@shaodian/migrations';
import type { DatabaseUrls } from '@shaodian/migrations';
import { appendActs } from './audit/append-acts.ts';
import { databaseOf } from './compose.ts';
import type { Mode } from './compose.ts';
import { openExistingMasterKey } from './crypto/key-source.ts';
import type { MasterKey } from './crypto/master-key.ts';
import { contextSigner } from './db/context.ts';
import { connectDatabase } from './db/database.ts';
import type { Database } from './db/database.ts';
import type { Environment } from './env.ts';

export interface Installation {
  readonly master: MasterKey;
  /** A connection with the rights of this role. */
  connect(role: keyof DatabaseUrls): Database;
  close(): Promise<void>;
}

/** An installation for a tool beside the program, which may run meanwhile: the key and the database as they are, nothing made. */
export async function openInstallation(
  environment: Environment,
  mode: Mode,
): Promise<Installation> {
  const master = await openExistingMasterKey(environment);
  const server = environment.databaseUrl
    ? undefined
    : await openEmbeddedServer(environment.dataFolder);
  const adminUrl = environment.databaseUrl ?? (await server?.adminUrl(databaseOf[mode])) ?? '';
  const { appPassword, workerPassword } = master.databaseSecrets;
  const urls: DatabaseUrls = {
    app: urlAs(adminUrl, 'shaodian_app', appPassword),
    worker: urlAs(adminUrl, 'shaodian_worker', workerPassword),
  };
  const signer = contextSigner(master.contextKey, master.contextKeyId, () => Date.now() / 1000);
  const connected: Database[] = [];
  return {
    master,
    connect: (role) => {
      const db = connectDatabase(urls[role], signer, appendActs(master), 2);
      connected.push(db);
      return db;
    },
    close: async () => {
      for (const db of connected) await db.close();
      await server?.stop();
    },
  };
}
