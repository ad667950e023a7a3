import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright-core';
import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  LaunchOptions,
} from 'playwright-core';

// Two worlds in which a browser test runs: the Chromium of the npm package on Linux, an installed Chrome on macOS.
const programOf = async (): Promise<LaunchOptions> =>
  process.platform !== 'linux'
    ? { channel: 'chrome' }
    : {
        executablePath: await inflateChromium(),
        args: [
          '--no-sandbox',
          '--disable-dev-shm-usage',
          '--disable-gpu',
          '--no-first-run',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
          '--disable-quic',
        ],
      };

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch(await programOf());
}

/** A browser that keeps what it keeps in a folder, as the one on a school's shared device does. */
export async function launchDevice(
  folder: string,
  options: BrowserContextOptions,
): Promise<BrowserContext> {
  return chromium.launchPersistentContext(folder, { ...(await programOf()), ...options });
}

/**
 * Unpacks Chromium and the shared libraries it links. A bare machine lacks them, and one that has them may have other versions:
 * the package's own always come first.
 */
async function inflateChromium(): Promise<string> {
  const folder = join(tmpdir(), 'shaodian-chromium');
  await mkdir(folder, { recursive: true });
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  try {
    const {
      default: packed,
      inflate,
      setupLambdaEnvironment,
    } = await import('@sparticuz/chromium');
    const bin = join(
      dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')),
      '..',
      'bin',
    );
    if (!existsSync(join(folder, 'al2023'))) await inflate(join(bin, 'al2023.tar.br'));
    // The machine's own fonts, where it has any: the package brings no Chinese ones.
    if (existsSync('/etc/fonts/fonts.conf')) process.env['FONTCONFIG_PATH'] ??= '/etc/fonts';
    setupLambdaEnvironment(join(folder, 'al2023', 'lib'));
    return await packed.executablePath(bin);
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
}
