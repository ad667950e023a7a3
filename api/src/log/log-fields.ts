import { z } from 'zod';
import { stepKinds } from '@shaodian/rules';

/** A name of the code: an error class, a topic. Nothing a person wrote looks like one by accident, and 80 characters hold no story. */
const codeName = z.string().regex(/^[A-Za-z][\w.$:-]{0,79}$/);
// The file is one of the program's, the place a number: the words of an error have no way in.
export const frameForm = /^at [\w.$<>[\]# ]*\(?(?:file:|node:|\/)[\w./@+%:-]*:\d+:\d+\)?$/;

/**
 * Everything that may leave in a log line, by name and by form. Whatever else is handed to the log is dropped and counted.
 * To log more, add it here with the narrowest form that holds it; a body, a name, words, a secret or a concrete address never.
 */
export const logFields = {
  error: codeName,
  code: z.string().regex(/^[\w.-]{1,60}$/),
  at: z.array(z.string().max(400).regex(frameForm)).max(8),
  /** The template, never the address: `/api/alerts/{id}`. */
  route: z
    .string()
    .regex(/^\/[a-z/:{}()[\]*._-]*$/i)
    .max(120),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']),
  port: z.number().int().min(0).max(65_535),
  observation: z.uuid(),
  outbox: z.uuid(),
  alert: z.uuid(),
  drill: z.uuid(),
  cluster: z.uuid(),
  step: z.enum(stepKinds),
  topic: codeName,
  attempts: z.number().int().min(0).max(1_000_000),
} as const satisfies Record<string, z.ZodType>;

/** What is said about it: these sentences and no other, so that no value can be written into one. */
export const logEvents = [
  'API listening',
  'the database does not accept connections yet; waiting',
  'request failed',
  'page failed',
  'process failed',
  'a denial was not recorded',
  'a checkpoint is missing',
  'alerts of the absent were not handed over',
  'the outbox could not be read',
  'what happened could not be told; it will be tried again',
  'the rules could not decide; a person must look',
  'the clocks could not be read',
  'the messages could not be read',
  'a message could not be sent; it will be tried again',
  'a missed clock could not be carried out; a person must look',
  'the drills could not be read',
  'a drill could not go on; it will be tried again',
] as const;

export type LogFields = {
  readonly [K in keyof typeof logFields]?: z.input<(typeof logFields)[K]>;
};
export type LogEvent = (typeof logEvents)[number];
