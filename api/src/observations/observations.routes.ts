import { createRoute, z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';
import { onceOf } from '../http/once.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import {
  answeredSchema,
  observationInputSchema,
  observationListSchema,
  observationSentSchema,
  reporterReasonSchema,
  reporterSchema,
} from './observations.schemas.ts';
import { openReporter } from './open-reporter.ts';
import { recordObservation } from './record-observation.ts';
import { readAnswered, readObservationsOf } from './reported.reads.ts';

const tags = ['observations'];
const idempotencyKey = z.object({ 'idempotency-key': z.string().optional() });

const create = createRoute({
  method: 'post',
  path: '/observations',
  tags,
  summary: 'Report signs about one pupil, on any day',
  middleware: [withSession] as const,
  request: { headers: idempotencyKey, ...jsonBody(observationInputSchema) },
  responses: {
    201: json(observationSentSchema, 'Stored and judged'),
    ...answersOf(
      'request.malformed-json',
      'request.invalid',
      'request.unsupported-media-type',
      'session.required',
      'action.not-allowed',
      'idempotency.key-missing',
      'idempotency.payload-differs',
      'idempotency.in-progress',
      'observation.pupil-not-found',
      'observation.indicator-not-offered',
      'observation.about-whom-missing',
      'observation.date-in-future',
    ),
  },
});

const list = createRoute({
  method: 'get',
  path: '/observations',
  tags,
  summary: 'What was reported about a pupil, as far as the reader may see it',
  middleware: [withSession] as const,
  request: { query: z.strictObject({ pupil: idInput }) },
  responses: {
    200: json(observationListSchema, 'Observations'),
    ...answersOf('request.invalid', 'session.required', 'resource.not-found'),
  },
});

const answered = createRoute({
  method: 'get',
  path: '/observations/{id}/answer',
  tags,
  summary: 'Whether an adult answered what I reported',
  middleware: [withSession] as const,
  request: { params: z.object({ id: idInput }) },
  responses: {
    200: json(answeredSchema, 'Answered or not'),
    ...answersOf('session.required', 'resource.not-found'),
  },
});

const reporter = createRoute({
  method: 'post',
  path: '/observations/{id}/reporter',
  tags,
  summary:
    'Who reported it: for counsellors, after the password again, with a written reason, logged',
  middleware: [withSession] as const,
  request: { params: z.object({ id: idInput }), ...jsonBody(reporterReasonSchema) },
  responses: {
    200: json(reporterSchema, 'The reporter; shown once, never stored as an answer'),
    ...answersOf(
      'request.malformed-json',
      'request.invalid',
      'request.unsupported-media-type',
      'session.required',
      'session.step-up-required',
      'resource.not-found',
    ),
  },
});

export const observationRoutes = routeSet()
  .openapi(create, async (c) =>
    c.json(
      await recordObservation(c.get('deps'), c.get('actor'), c.req.valid('json'), await onceOf(c)),
      201,
    ),
  )
  .openapi(list, async (c) =>
    c.json(
      await readObservationsOf(c.get('deps'), c.get('actor'), c.req.valid('query').pupil),
      200,
    ),
  )
  .openapi(reporter, async (c) =>
    c.json(
      await openReporter(
        c.get('deps'),
        c.get('actor'),
        c.req.valid('param').id,
        c.req.valid('json'),
      ),
      200,
    ),
  )
  .openapi(answered, async (c) =>
    c.json(await readAnswered(c.get('deps'), c.get('actor'), c.req.valid('param').id), 200),
  );
