import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { LogLevel } from './log/log.ts';

/** An environment variable is wrong; the message names it. */
export class EnvironmentError extends Error {
  override name = 'EnvironmentError';
}

export interface Environment {
  readonly port: number;
  readonly dataFolder: string;
  /** When set, no embedded server is started. */
  readonly databaseUrl: string | undefined;
  readonly keyFile: string;
  /** The key itself, where secrets come as variables; then there is no key file. */
  readonly key: string | undefined;
  /** The list of what was erased, kept apart from the database. */
  readonly shredFile: string;
  /** Who keeps the audit's checkpoints outside: https://… or file:///… */
  readonly witness: string | undefined;
  /** Where people reach the program: links in messages lead there. */
  readonly publicUrl: string;
  /** Channels may reach private networks: a gateway inside the school. */
  readonly allowPrivateChannels: boolean;
  readonly trustProxy: boolean;
  readonly logLevel: LogLevel;
}

/** Over http anybody on the way could take the checkpoint and answer that it was kept; nobody is on the way to this machine itself. */
function isWitnessAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return protocol === 'https:' || protocol === 'file:' || (protocol === 'http:' && isHere);
}

const schema = z
  .object({
    PORT: z.coerce
      .number('must be a number')
      .int('must be whole')
      .min(1, 'must be 1 to 65535')
      .max(65535, 'must be 1 to 65535')
      .default(3000),
    SHAODIAN_DATA: z.string().min(1, 'must name a folder').default('./data'),
    DATABASE_URL: z
      .string()
      .refine(
        (text) => /^postgres(ql)?:\/\//.test(text) && URL.canParse(text),
        'must be a postgres:// address',
      )
      .optional(),
    SHAODIAN_KEY_FILE: z.string().min(1, 'must name a file').optional(),
    SHAODIAN_KEY: z
      .string()
      .regex(
        /^[\w-]{43}([\n,][\w-]{43})*$/,
        'must be 32 bytes of base64url, or several parted by commas',
      )
      .optional(),
    SHAODIAN_SHRED_FILE: z.string().min(1, 'must name a file').optional(),
    SHAODIAN_WITNESS: z
      .string()
      .refine(isWitnessAddress, 'must be an https:// or file:// address')
      .optional(),
    SHAODIAN_URL: z
      .string()
      .refine(
        (text) => /^https?:\/\/[^/]+$/.test(text) && URL.canParse(text),
        'must be an address such as https://shaodian.school.example',
      )
      .optional(),
    SHAODIAN_PRIVATE_CHANNELS: z.enum(['0', '1'], 'must be 0 or 1').default('0'),
    TRUST_PROXY: z.enum(['0', '1'], 'must be 0 or 1').default('0'),
    LOG_LEVEL: z
      .enum(
        ['debug', 'info', 'warn', 'error', 'silent'],
        'must be debug, info, warn, error or silent',
      )
      .default('info'),
  })
  .refine((values) => !(values.SHAODIAN_KEY && values.SHAODIAN_KEY_FILE), {
    path: ['SHAODIAN_KEY'],
    message: 'must not be set together with SHAODIAN_KEY_FILE',
  });

/**
 * Reads what the program needs from the environment.
 * @throws EnvironmentError with one line for each variable that is wrong
 */
export function readEnvironment(env: Record<string, string | undefined>): Environment {
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(present);
  if (!parsed.success)
    throw new EnvironmentError(
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'),
    );
  const values = parsed.data;
  const dataFolder = resolve(values.SHAODIAN_DATA);
  return {
    port: values.PORT,
    dataFolder,
    databaseUrl: values.DATABASE_URL,
    keyFile: resolve(values.SHAODIAN_KEY_FILE ?? join(dataFolder, 'key')),
    key: values.SHAODIAN_KEY,
    shredFile: resolve(values.SHAODIAN_SHRED_FILE ?? join(dataFolder, 'shreds', 'shreds.ndjson')),
    witness: values.SHAODIAN_WITNESS,
    publicUrl: values.SHAODIAN_URL ?? `http://localhost:${values.PORT}`,
    allowPrivateChannels: values.SHAODIAN_PRIVATE_CHANNELS === '1',
    trustProxy: values.TRUST_PROXY === '1',
    logLevel: values.LOG_LEVEL,
  };
}
