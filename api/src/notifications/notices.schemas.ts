import { z } from '@hono/zod-openapi';
import { alertStatuses, colours } from '@shaodian/rules';

const noticeKinds = [
  'alert_to_acknowledge',
  'alert_to_review',
  'alert_to_know',
  'alert_step_overdue',
  'cluster_raised',
  'alert_to_decide',
  'break_glass_opened',
  'own_factor_reset',
  'factor_reset',
  'grant_to_decide',
  'grant_decided',
  'counsellor_kept_away',
  'drill_to_answer',
] as const;
export type NoticeKind = (typeof noticeKinds)[number];

const noticeSchema = z
  .object({
    id: z.uuid(),
    kind: z.enum(noticeKinds),
    at: z.iso.datetime(),
    seenAt: z.iso.datetime().nullable(),
    /** As it is now. Never the pupil. */
    alert: z
      .object({ id: z.uuid(), colour: z.enum(colours), status: z.enum(alertStatuses) })
      .nullable(),
    colleague: z.string().nullable().openapi({ description: 'Whose second factor was reset' }),
    breakGlass: z.object({ id: z.uuid() }).nullable(),
    drill: z.object({ id: z.uuid() }).nullable(),
  })
  .openapi('Notice');

export const noticeListSchema = z
  .object({
    items: z.array(noticeSchema),
    unseen: z.number().int().openapi({
      description:
        'Not seen yet and still to be answered: an alert that was acknowledged asks nobody',
    }),
    undelivered: z.number().int().openapi({
      description: 'What the program failed to tell people; for those who mend it, else 0',
    }),
    nextCursor: z.string().nullable(),
  })
  .openapi('NoticeList');

export const noticeSeenSchema = z.object({ id: z.uuid() }).openapi('NoticeSeen');

export const noticeQuerySchema = z.strictObject({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export type NoticeQuery = z.infer<typeof noticeQuerySchema>;
