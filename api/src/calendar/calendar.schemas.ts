import { z } from '@hono/zod-openapi';

const dayInput = z.iso
  .date()
  .refine((day) => day >= '2000' && day < '2200', 'a year between 2000 and 2199');
const timeInput = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);
const kind = z.enum(['holiday', 'school_day']);

const bellsSchema = z.object({ startsAt: z.string(), endsAt: z.string() });

export const calendarSchema = z
  .object({
    version: z.number().int(),
    bells: bellsSchema,
    terms: z.array(
      z.object({
        id: z.number().int(),
        name: z.string(),
        startsOn: z.iso.date(),
        endsOn: z.iso.date(),
      }),
    ),
    days: z.array(z.object({ day: z.iso.date(), kind, label: z.string() })).openapi({
      description: 'Holidays, and days on which school is held although it is a weekend',
    }),
    mayChange: z.boolean(),
  })
  .openapi('Calendar');

export const calendarChangeSchema = z
  .strictObject({
    bells: z
      .strictObject({ startsAt: timeInput, endsAt: timeInput })
      .refine((bells) => bells.startsAt < bells.endsAt, {
        path: ['endsAt'],
        message: 'later than the first bell',
      })
      .optional(),
    term: z
      .strictObject({
        id: z.number().int().min(1).max(2147483647).nullable(),
        name: z.string().trim().min(1).max(40),
        startsOn: dayInput,
        endsOn: dayInput,
      })
      .refine((term) => term.startsOn < term.endsOn, {
        path: ['endsOn'],
        message: 'later than the first day',
      })
      .optional()
      .openapi({ description: 'One to change, or with a null id a new one' }),
    days: z
      .array(
        z.strictObject({
          day: dayInput,
          kind: kind.nullable().openapi({ description: 'Null: as the weekday has it' }),
          label: z.string().max(40),
        }),
      )
      .max(400)
      .optional(),
  })
  .openapi('CalendarChange');

export type CalendarChange = z.infer<typeof calendarChangeSchema>;
