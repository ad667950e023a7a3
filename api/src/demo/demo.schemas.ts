import { z } from '@hono/zod-openapi';
import { roles } from '@shaodian/rules';

export const castSchema = z
  .object({
    password: z.string(),
    items: z.array(
      z.object({
        school: z.string(),
        schoolName: z.string(),
        account: z.string(),
        name: z.string(),
        role: z.enum(roles),
        story: z.object({ 'zh-CN': z.string(), en: z.string() }),
      }),
    ),
  })
  .openapi('DemoCast');
