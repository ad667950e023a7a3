import { z } from '@hono/zod-openapi';

const countsSchema = z.object({
  create: z.number().int(),
  update: z.number().int(),
  unchanged: z.number().int(),
  error: z.number().int(),
});

const rowActions = ['create', 'update', 'unchanged', 'error'] as const;

const rosterImportSchema = z
  .object({
    id: z.uuid(),
    state: z.enum(['previewed', 'applied']),
    fileName: z.string(),
    createdAt: z.iso.datetime(),
    appliedAt: z.iso.datetime().nullable(),
    counts: countsSchema,
    applicable: z.boolean(),
  })
  .openapi('RosterImport');

export const rosterPreviewSchema = rosterImportSchema
  .extend({
    ignoredColumns: z.array(z.string()),
    newClasses: z.array(z.string()),
    homeroomTeachers: z.array(
      z.object({ className: z.string(), from: z.string().nullable(), to: z.string() }),
    ),
    items: z.array(
      z.object({
        row: z.number().int(),
        action: z.enum(rowActions),
        name: z.string().nullable(),
        className: z.string().nullable(),
        changed: z.array(z.string()),
        issues: z.array(
          z.object({
            column: z.string().nullable(),
            code: z.string(),
            message: z.string(),
            severity: z.enum(['error', 'warning']),
          }),
        ),
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .openapi('RosterPreview');

export const rosterImportListSchema = z
  .object({ items: z.array(rosterImportSchema) })
  .openapi('RosterImportList');

export const previewQuerySchema = z.strictObject({
  action: z.enum(rowActions).optional(),
  cursor: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export type PreviewQuery = z.infer<typeof previewQuerySchema>;
