import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

// Two worlds in which a browser test runs: the Chromium of the npm package on Linux, an installed Chrome on macOS.
export async function launchBrowser(): Promise<Browser> {
  if (process.platform !== 'linux') return chromium.launch({ channel: 'chrome' });
  const executablePath = await inflateChromium();
  return chromium.launch({
    executablePath,
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
  });
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
