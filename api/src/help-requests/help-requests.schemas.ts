import { z } from '@hono/zod-openapi';

export const helpAskedSchema = z
  .object({ askedAt: z.iso.datetime(), seenBy: z.iso.datetime() })
  .openapi('HelpAsked', { description: 'That it arrived, and by when a counsellor sees it' });
