import { spawn } from 'node:child_process';
import { delimiter, join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '..');

export interface CommandResult {
  exitCode: number;
  /** Both streams in the order they came; empty when shown on the screen. */
  output: string;
  seconds: number;
}

interface CommandOptions {
  /** Relative to the root of the repository. */
  folder?: string;
  env?: Record<string, string>;
  timeoutMinutes?: number;
  /** Straight to the screen instead of into `output`. */
  onScreen?: boolean;
}

const graceSeconds = 10;

/** Runs a tool of this repository to its end. A tool that cannot start or does not end is a failure. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { folder = '.', env = {}, timeoutMinutes = 10, onScreen = false } = options;
  const startedAt = performance.now();
  return new Promise((settle) => {
    let output = '';
    let timedOut = false;
    const child = spawn(command, args, {
      cwd: join(root, folder),
      env: { ...process.env, ...quiet, ...compiledOnce, ...env, PATH: toolsFirst() },
      stdio: ['ignore', onScreen ? 'inherit' : 'pipe', onScreen ? 'inherit' : 'pipe'],
    });
    const end = (exitCode: number, lastWords = ''): void => {
      clearTimeout(timer);
      clearTimeout(killer);
      if (onScreen && lastWords) console.error(lastWords);
      settle({
        exitCode,
        output: onScreen ? '' : [output.trim(), lastWords].filter(Boolean).join('\n'),
        seconds: (performance.now() - startedAt) / 1000,
      });
    };
    let killer: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGTERM');
      killer = setTimeout(() => child.kill('SIGKILL'), graceSeconds * 1000);
    }, timeoutMinutes * 60_000);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    child.on('error', (error) => end(1, `${command} could not be started: ${error.message}`));
    child.on('close', (code, signal) => {
      if (timedOut) end(1, `${command} was stopped after ${timeoutMinutes} minutes`);
      else if (signal) end(1, `${command} was ended by ${signal}`);
      else end(code ?? 1);
    });
  });
}

/** Nothing that runs here reports to anybody or asks for a newer version. */
const quiet = {
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  DO_NOT_TRACK: '1',
};

/** Tests start hundreds of processes: each would read the same TypeScript anew, which is most of what a short one does. */
const compiledOnce = { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compiled') };

function toolsFirst(): string {
  return [join(root, 'node_modules', '.bin'), process.env.PATH].filter(Boolean).join(delimiter);
}
