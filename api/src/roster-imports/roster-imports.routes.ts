import { createRoute, z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';
import { onceOf } from '../http/once.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import { applyImport } from './apply-import.ts';
import { listImports, previewImport, readPreview } from './preview-import.ts';
import {
  previewQuerySchema,
  rosterImportListSchema,
  rosterPreviewSchema,
} from './roster-imports.schemas.ts';

const tags = ['roster imports'];
const idParam = z.object({ id: idInput });
const idempotencyKey = z.object({ 'idempotency-key': z.string().optional() });
const firstPage = { limit: 50 };

const preview = createRoute({
  method: 'post',
  path: '/roster-imports',
  tags,
  summary: 'Upload an Excel or CSV file and see what importing it would do; nothing changes yet',
  middleware: [withSession] as const,
  request: {
    headers: idempotencyKey,
    query: z.strictObject({
      fileName: z
        .string()
        .min(1)
        .max(200)
        .refine((text) => !text.includes('\0'), 'no control characters'),
    }),
    body: {
      required: true,
      content: {
        'application/octet-stream': {
          schema: z.any().openapi({ type: 'string', format: 'binary' }),
        },
      },
    },
  },
  responses: {
    201: json(rosterPreviewSchema, 'The preview'),
    ...answersOf(
      'request.invalid',
      'request.unsupported-media-type',
      'session.required',
      'action.not-allowed',
      'roster-import.unreadable',
      'idempotency.key-missing',
      'idempotency.payload-differs',
      'idempotency.in-progress',
    ),
  },
});

const list = createRoute({
  method: 'get',
  path: '/roster-imports',
  tags,
  summary: 'The latest imports',
  middleware: [withSession] as const,
  responses: {
    200: json(rosterImportListSchema, 'Imports'),
    ...answersOf('session.required', 'action.not-allowed'),
  },
});

const one = createRoute({
  method: 'get',
  path: '/roster-imports/{id}',
  tags,
  summary: 'A page of the preview',
  middleware: [withSession] as const,
  request: { params: idParam, query: previewQuerySchema },
  responses: {
    200: json(rosterPreviewSchema, 'The preview'),
    ...answersOf('request.invalid', 'session.required', 'resource.not-found'),
  },
});

const apply = createRoute({
  method: 'post',
  path: '/roster-imports/{id}/application',
  tags,
  summary: 'Do what the preview showed, whole or not at all',
  middleware: [withSession] as const,
  request: { params: idParam, headers: idempotencyKey, ...jsonBody(z.strictObject({})) },
  responses: {
    201: json(rosterPreviewSchema, 'Applied'),
    ...answersOf(
      'request.malformed-json',
      'request.invalid',
      'request.unsupported-media-type',
      'session.required',
      'resource.not-found',
      'roster-import.already-applied',
      'roster-import.not-applicable',
      'roster-import.stale',
      'idempotency.key-missing',
      'idempotency.payload-differs',
      'idempotency.in-progress',
    ),
  },
});

export const rosterImportRoutes = routeSet()
  .openapi(preview, async (c) => {
    const bytes = new Uint8Array(await c.req.arrayBuffer());
    const file = { name: c.req.valid('query').fileName, bytes, locale: c.get('locale') };
    const { id } = await previewImport(c.get('deps'), c.get('actor'), file, await onceOf(c));
    return c.json(
      await readPreview(c.get('deps'), c.get('actor'), id, firstPage, c.get('locale')),
      201,
    );
  })
  .openapi(list, async (c) => c.json(await listImports(c.get('deps'), c.get('actor')), 200))
  .openapi(one, async (c) => {
    const { id } = c.req.valid('param');
    return c.json(
      await readPreview(c.get('deps'), c.get('actor'), id, c.req.valid('query'), c.get('locale')),
      200,
    );
  })
  .openapi(apply, async (c) => {
    const { id } = c.req.valid('param');
    await applyImport(c.get('deps'), c.get('actor'), id, await onceOf(c));
    return c.json(
      await readPreview(c.get('deps'), c.get('actor'), id, firstPage, c.get('locale')),
      201,
    );
  });
