import { z } from '@hono/zod-openapi';
import { colours, tiers } from '@shaodian/rules';

const count = z.number().int();

export const schoolBoardSchema = z
  .object({
    asOf: z.iso.datetime(),
    alerts: z.object({
      byColourTier: z.array(
        z.object({
          colour: z.enum(colours),
          tier: z.enum(tiers),
          open: count,
          acknowledged: count,
        }),
      ),
      unacknowledged: count,
      overdue: count,
      acknowledgedWithinClock: z.object({ n: count, of: count }),
    }),
    submissions: z.object({
      month: z.string(),
      dueOn: z.iso.date(),
      seats: count,
      submitted: count,
      late: count,
      missing: count,
    }),
    byGrade: z.array(
      z.object({
        grade: z.object({ id: count, name: z.string() }),
        seats: count,
        submitted: count,
        open: count,
      }),
    ),
    months: z.array(
      z.object({ month: z.string(), blue: count, yellow: count, orange: count, red: count }),
    ),
  })
  .openapi('SchoolBoard', {
    description:
      'Only alerts the reader may list are counted, so no cell hides anybody behind a number',
  });
