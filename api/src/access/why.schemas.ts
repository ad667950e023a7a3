import { z } from '@hono/zod-openapi';
import { roles } from '@shaodian/rules';

export const whySchema = z
  .object({
    role: z.enum([...roles, 'holder', 'on_red_duty', 'break_glass', 'own']),
    scope: z.string().nullable(),
  })
  .openapi('Why', { description: 'The reason for which the reader may see this' });
