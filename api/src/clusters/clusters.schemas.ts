import { z } from '@hono/zod-openapi';
import { alertStatuses, clusterSubjects, colours } from '@shaodian/rules';

const named = z.object({ id: z.number().int(), name: z.string() });
const person = z.object({ name: z.string(), me: z.boolean() });

const row = {
  id: z.uuid(),
  colour: z.enum(colours),
  subject: z.enum(clusterSubjects),
  class: named.nullable(),
  grade: named.nullable(),
  status: z.enum(alertStatuses),
  pupilCount: z.number().int().nullable().openapi({
    description: 'For those who may list the alerts of the whole school; else null',
  }),
  seenFrom: z.iso.date(),
  seenTo: z.iso.date(),
  counsellorOnly: z.boolean(),
  raisedAt: z.iso.datetime(),
  holder: person.nullable(),
  ackDueAt: z.iso.datetime(),
  acknowledgedAt: z.iso.datetime().nullable(),
  meetingDueAt: z.iso.datetime(),
  metAt: z.iso.datetime().nullable(),
  overdue: z.boolean().openapi({ description: 'Nobody has answered, or met, in time' }),
};

export const clusterListSchema = z
  .object({ items: z.array(z.object(row).openapi('ClusterRow')) })
  .openapi('ClusterList');

export const clusterSchema = z
  .object({
    ...row,
    acknowledgedBy: z.string().nullable(),
    metBy: z.string().nullable(),
    canAct: z.boolean(),
    pupils: z
      .array(z.object({ id: z.uuid(), name: z.string(), className: z.string() }))
      .nullable()
      .openapi({ description: 'For counsellors alone; else null' }),
  })
  .openapi('Cluster');
