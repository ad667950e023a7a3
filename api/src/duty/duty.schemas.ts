import { z } from '@hono/zod-openapi';
import { duties } from '@shaodian/rules';
import { idInput } from '../http/id.ts';

const duty = z.enum(duties);
/** Years that no clock of a database or a browser stumbles over. */
const instantInput = z.iso
  .datetime({ precision: 3 })
  .refine((at) => at >= '2000' && at < '2200', 'a year between 2000 and 2199');
const dayInput = z.iso
  .date()
  .refine((day) => day >= '2000' && day < '2200', 'a year between 2000 and 2199');
const positionInput = z.number().int().min(1).max(20);

const isAhead = (span: { startsAt: string; endsAt: string | null }): boolean =>
  span.endsAt === null || span.startsAt < span.endsAt;
const laterEnd = { path: ['endsAt'], message: 'later than the beginning' };

export const weekQuerySchema = z.strictObject({
  week: dayInput.optional().openapi({ description: 'Any day of the week; else this week' }),
});

export const slotInputSchema = z
  .strictObject({
    duty,
    person: idInput,
    phone: z.string().max(32).nullable(),
    startsAt: instantInput,
    endsAt: instantInput.nullable().openapi({ description: 'Null: until somebody ends it' }),
  })
  .refine(isAhead, laterEnd)
  .openapi('DutySlotInput');

export const slotChangeSchema = z
  .strictObject({
    position: positionInput.openapi({ description: 'Whoever stands there changes places' }),
    endsAt: instantInput.nullable().openapi({
      description: 'Earlier than planned, or as it is: whoever stays longer is listed anew',
    }),
  })
  .openapi('DutySlotChange');

export const coverInputSchema = z
  .strictObject({
    person: idInput,
    phone: z.string().max(32).nullable(),
    startsAt: instantInput,
    endsAt: instantInput,
  })
  .refine(isAhead, laterEnd)
  .openapi('DutyCoverInput');

export const absenceInputSchema = z
  .strictObject({ person: idInput, startsAt: instantInput, endsAt: instantInput })
  .refine(isAhead, laterEnd)
  .openapi('AbsenceInput');

export const copyInputSchema = z
  .strictObject({
    week: dayInput.openapi({ description: 'Any day of the week that is copied' }),
    weeks: z.number().int().min(1).max(20).openapi({ description: 'Into how many weeks after it' }),
  })
  .openapi('DutyCopyInput');

export type SlotInput = z.infer<typeof slotInputSchema>;
export type SlotChange = z.infer<typeof slotChangeSchema>;
export type CoverInput = z.infer<typeof coverInputSchema>;
export type AbsenceInput = z.infer<typeof absenceInputSchema>;
export type CopyInput = z.infer<typeof copyInputSchema>;

const personSchema = z.object({ id: z.uuid(), name: z.string() });

const slotSchema = z
  .object({
    id: z.uuid(),
    duty,
    position: z.number().int(),
    person: personSchema,
    phone: z.string().nullable(),
    startsAt: z.iso.datetime(),
    endsAt: z.iso.datetime().nullable(),
    covers: z
      .string()
      .nullable()
      .openapi({ description: 'The name of whom this one stands in for' }),
    version: z.number().int(),
  })
  .openapi('DutySlot');

const gapSchema = z
  .object({
    duty,
    startsAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
    present: z.number().int(),
    needed: z.number().int(),
    absent: z.array(z.string()).openapi({ description: 'Names' }),
  })
  .openapi('DutyGap');

export const dutyWeekSchema = z
  .object({
    week: z.object({ from: z.iso.date(), to: z.iso.date() }),
    days: z.array(
      z.object({
        day: z.iso.date(),
        kind: z.enum(['school_day', 'free', 'holiday', 'make_up_day']),
        label: z.string(),
      }),
    ),
    slots: z.array(slotSchema),
    absences: z.array(
      z.object({
        id: z.uuid(),
        person: personSchema,
        startsAt: z.iso.datetime(),
        endsAt: z.iso.datetime(),
      }),
    ),
    gaps: z.array(gapSchema).openapi({
      description: 'Of this week; empty for those who see their own duty only',
    }),
    gapsAhead: z.array(gapSchema).openapi({ description: 'Of the fourteen days from now on' }),
    people: z
      .array(personSchema.extend({ title: z.string() }))
      .openapi({ description: 'The staff, for those who may put somebody on a list' }),
    may: z
      .object({ plan: z.boolean(), change: z.boolean(), ownAbsence: z.boolean() })
      .openapi({ description: 'What the reader may do' }),
  })
  .openapi('DutyWeek');

export const slotChangedSchema = z
  .object({
    id: z.uuid(),
    position: z.number().int(),
    endsAt: z.iso.datetime().nullable(),
    version: z.number().int(),
  })
  .openapi('DutySlotChanged');

export const madeSchema = z.object({ id: z.uuid() });
export const copiedSchema = z.object({ copied: z.number().int() }).openapi('DutyCopied');
