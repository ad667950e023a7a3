import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectForSetUp, openEmbeddedServer } from '@shaodian/migrations';
import type { Sql } from 'postgres';
import { readEnvironment } from '../../env.ts';
import { openInstallation } from '../../open-installation.ts';
import { Canaries } from './canaries.ts';
import { Outputs, runTool, startObservedApi } from './observed-api.ts';
import type { ObservedApi } from './observed-api.ts';
import { collectSecrets } from './secrets.ts';
import type { Exchange } from './visitor.ts';

/** One installation in folders of its own, and everything that it says. */
export class Stage {
  readonly canaries = new Canaries();
  readonly outputs = new Outputs();
  readonly exchanges: Exchange[] = [];
  readonly processes = new Map<string, Buffer>();
  readonly #env: Record<string, string>;
  readonly root: string;
  #api: ObservedApi | null = null;
  #admin: Sql | null = null;

  private constructor(root: string) {
    this.root = root;
    this.#env = {
      SHAODIAN_WITNESS: `file://${join(root, 'witness', 'checkpoints.ndjson')}`,
      LAST_WORDS: join(root, 'last-words'),
    };
  }

  static async build(): Promise<Stage> {
    const root = await mkdtemp(join(tmpdir(), 'shaodian-canary-'));
    // The server may run as another user.
    await chmod(root, 0o755);
    const stage = new Stage(root);
    await writeFile(join(root, 'last-words'), stage.canaries.text('refused', 'last words'));
    return stage;
  }

  get folder(): string {
    return join(this.root, 'data');
  }

  get api(): ObservedApi {
    if (!this.#api) throw new Error('the API does not run');
    return this.#api;
  }

  /** Superuser of the running server: to arrange, to break, and to look behind. */
  get admin(): Sql {
    if (!this.#admin) throw new Error('the database does not run');
    return this.#admin;
  }

  async start(name: string, env: Record<string, string> = {}): Promise<void> {
    const { folder, outputs } = this;
    this.#api = await startObservedApi({ name, folder, outputs, env: { ...this.#env, ...env } });
    await this.#admin?.end({ timeout: 1 });
    const server = await openEmbeddedServer(folder);
    this.#admin = connectForSetUp(await server.adminUrl('shaodian'));
  }

  /** In order, the database too. */
  async stop(): Promise<void> {
    await this.#admin?.end({ timeout: 1 });
    this.#admin = null;
    await this.#api?.stop();
  }

  tool(
    name: string,
    args: readonly string[],
    env: Record<string, string> = {},
    until: Parameters<typeof runTool>[2]['until'] = {},
  ): Promise<number> {
    const { folder, outputs } = this;
    const label = `${name} ${args.find((one) => !one.startsWith('-')) ?? ''} ${Object.keys(env).join()}`;
    return runTool(name, args, {
      name: label.trim(),
      folder,
      outputs,
      env: { ...this.#env, ...env },
      until,
    });
  }

  /** With the keys of this installation as they are now. */
  async withInstallation<T>(
    work: (installation: Awaited<ReturnType<typeof openInstallation>>) => Promise<T>,
  ): Promise<T> {
    const environment = readEnvironment({ SHAODIAN_DATA: this.folder });
    const installation = await openInstallation(environment, 'school');
    return work(installation).finally(() => installation.close());
  }

  collectSecrets(): Promise<void> {
    const { canaries, folder, admin } = this;
    return this.withInstallation(({ master }) =>
      collectSecrets(canaries, { folder, master, admin }),
    );
  }

  async remove(): Promise<void> {
    await this.stop().catch(() => undefined);
    await rm(this.root, { recursive: true, force: true });
  }
}
