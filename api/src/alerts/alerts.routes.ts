import { createRoute, z } from '@hono/zod-openapi';
import { reportInputSchema, stepInputSchema } from '../clocks/clocks.schemas.ts';
import { recordMandatoryReport, recordStep } from '../clocks/record-step.ts';
import { idInput } from '../http/id.ts';
import { onceOf } from '../http/once.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import { recordCompanion } from './acknowledge-alert.ts';
import { acknowledgeAndRead } from './acknowledge-and-read.ts';
import { listAlerts, readAlert } from './alerts.reads.ts';
import {
  acknowledgementInputSchema,
  alertListSchema,
  alertQuerySchema,
  alertSchema,
} from './alerts.schemas.ts';

const tags = ['alerts'];
const idParam = z.object({ id: idInput });
const idempotencyKey = z.object({ 'idempotency-key': z.string().optional() });

const list = createRoute({
  method: 'get',
  path: '/alerts',
  tags,
  summary: 'The alerts I may see, the next clock first',
  middleware: [withSession] as const,
  request: { query: alertQuerySchema },
  responses: {
    200: json(alertListSchema, 'Alerts'),
    ...answersOf('request.invalid', 'session.required'),
  },
});

const one = createRoute({
  method: 'get',
  path: '/alerts/{id}',
  tags,
  summary: 'One alert: what, where, what to do now, and why I may see it',
  middleware: [withSession] as const,
  request: { params: idParam },
  responses: {
    200: json(alertSchema, 'The alert'),
    ...answersOf('session.required', 'resource.not-found'),
  },
});

const acknowledge = createRoute({
  method: 'post',
  path: '/alerts/{id}/acknowledgement',
  tags,
  summary: 'Acknowledge with a next step',
  middleware: [withSession] as const,
  request: { params: idParam, headers: idempotencyKey, ...jsonBody(acknowledgementInputSchema) },
  responses: {
    201: json(alertSchema, 'Acknowledged'),
    ...answersOf(
      'request.malformed-json',
      'request.invalid',
      'request.unsupported-media-type',
      'session.required',
      'resource.not-found',
      'alert.not-on-duty',
      'alert.already-acknowledged',
      'idempotency.key-missing',
      'idempotency.payload-differs',
      'idempotency.in-progress',
    ),
  },
});

const companion = createRoute({
  method: 'post',
  path: '/alerts/{id}/companions',
  tags,
  summary: 'I am with the pupil',
  middleware: [withSession] as const,
  request: { params: idParam, headers: idempotencyKey, ...jsonBody(z.strictObject({})) },
  responses: {
    201: json(z.object({ id: z.uuid(), at: z.iso.datetime() }), 'Recorded'),
    ...answersOf(
      'request.malformed-json',
      'request.invalid',
      'request.unsupported-media-type',
      'session.required',
      'resource.not-found',
      'idempotency.key-missing',
      'idempotency.payload-differs',
      'idempotency.in-progress',
    ),
  },
});

const step = createRoute({
  method: 'post',
  path: '/alerts/{id}/steps',
  tags,
  summary: 'First contact, short assessment, guardian told, team met, evidence seen',
  middleware: [withSession] as const,
  request: { params: idParam, headers: idempotencyKey, ...jsonBody(stepInputSchema) },
  responses: {
    201: json(z.object({ id: z.uuid() }), 'Recorded'),
    ...answersOf(
      'request.malformed-json',
      'request.invalid',
      'request.unsupported-media-type',
      'session.required',
      'resource.not-found',
      'alert.not-on-duty',
      'alert.closed',
      'alert.guardian-locked',
      'alert.step-not-due',
      'idempotency.key-missing',
      'idempotency.payload-differs',
      'idempotency.in-progress',
    ),
  },
});

const report = createRoute({
  method: 'post',
  path: '/alerts/{id}/mandatory-report',
  tags,
  summary: 'The report to the police was made, with its receipt',
  middleware: [withSession] as const,
  request: { params: idParam, headers: idempotencyKey, ...jsonBody(reportInputSchema) },
  responses: {
    201: json(z.object({ id: z.uuid() }), 'Recorded'),
    ...answersOf(
      'request.malformed-json',
      'request.invalid',
      'request.unsupported-media-type',
      'session.required',
      'resource.not-found',
      'alert.step-not-due',
      'idempotency.key-missing',
      'idempotency.payload-differs',
      'idempotency.in-progress',
    ),
  },
});

export const alertRoutes = routeSet()
  .openapi(list, async (c) =>
    c.json(await listAlerts(c.get('deps'), c.get('actor'), c.req.valid('query')), 200),
  )
  .openapi(one, async (c) =>
    c.json(await readAlert(c.get('deps'), c.get('actor'), c.req.valid('param').id), 200),
  )
  .openapi(acknowledge, async (c) => {
    const { id } = c.req.valid('param');
    const once = await onceOf(c);
    return c.json(
      await acknowledgeAndRead(c.get('deps'), c.get('actor'), id, c.req.valid('json'), once),
      201,
    );
  })
  .openapi(companion, async (c) =>
    c.json(
      await recordCompanion(
        c.get('deps'),
        c.get('actor'),
        c.req.valid('param').id,
        await onceOf(c),
      ),
      201,
    ),
  )
  .openapi(step, async (c) =>
    c.json(
      await recordStep(
        c.get('deps'),
        c.get('actor'),
        c.req.valid('param').id,
        c.req.valid('json'),
        await onceOf(c),
      ),
      201,
    ),
  )
  .openapi(report, async (c) =>
    c.json(
      await recordMandatoryReport(
        c.get('deps'),
        c.get('actor'),
        c.req.valid('param').id,
        c.req.valid('json'),
        await onceOf(c),
      ),
      201,
    ),
  );
