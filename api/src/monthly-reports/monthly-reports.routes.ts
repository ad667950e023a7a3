import { createRoute, z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';
import { onceOf } from '../http/once.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import {
  arrivalsSchema,
  monthSchema,
  monthlyReportInputSchema,
  monthlyReportSentSchema,
  ownReportSchema,
  ownReportsSchema,
} from './monthly-reports.schemas.ts';
import { readArrivals, readOwnReport, readOwnReports } from './reports.reads.ts';
import { submitReport } from './submit-report.ts';

const tags = ['monthly reports'];

const create = createRoute({
  method: 'post',
  path: '/monthly-reports',
  tags,
  summary: 'Hand in the monthly report of my seat',
  middleware: [withSession] as const,
  request: {
    headers: z.object({ 'idempotency-key': z.string().optional() }),
    ...jsonBody(monthlyReportInputSchema),
  },
  responses: {
    201: json(monthlyReportSentSchema, 'Stored and judged'),
    ...answersOf(
      'request.malformed-json',
      'request.invalid',
      'request.unsupported-media-type',
      'session.required',
      'action.not-allowed',
      'idempotency.key-missing',
      'idempotency.payload-differs',
      'idempotency.in-progress',
      'monthly-report.no-seat',
      'monthly-report.already-submitted',
      'monthly-report.month-not-open',
      'observation.pupil-not-found',
      'observation.indicator-not-offered',
      'observation.about-whom-missing',
      'observation.date-in-future',
    ),
  },
});

const mine = createRoute({
  method: 'get',
  path: '/monthly-reports/mine',
  tags,
  summary: 'The months of my seat, and whether an adult answered',
  middleware: [withSession] as const,
  responses: {
    200: json(ownReportsSchema, 'My months'),
    ...answersOf('session.required', 'monthly-report.no-seat'),
  },
});

const arrivals = createRoute({
  method: 'get',
  path: '/monthly-reports',
  tags,
  summary: 'Whether the reports of my classes arrived',
  middleware: [withSession] as const,
  request: { query: z.strictObject({ month: monthSchema.optional() }) },
  responses: {
    200: json(arrivalsSchema, 'Arrivals'),
    ...answersOf('request.invalid', 'session.required'),
  },
});

const one = createRoute({
  method: 'get',
  path: '/monthly-reports/{id}',
  tags,
  summary: 'A report: its writer for 48 hours, and the counsellors',
  middleware: [withSession] as const,
  request: { params: z.object({ id: idInput }) },
  responses: {
    200: json(ownReportSchema, 'The report'),
    ...answersOf('session.required', 'resource.not-found'),
  },
});

export const monthlyReportRoutes = routeSet()
  .openapi(create, async (c) =>
    c.json(
      await submitReport(c.get('deps'), c.get('actor'), c.req.valid('json'), await onceOf(c)),
      201,
    ),
  )
  .openapi(mine, async (c) => c.json(await readOwnReports(c.get('deps'), c.get('actor')), 200))
  .openapi(arrivals, async (c) =>
    c.json(await readArrivals(c.get('deps'), c.get('actor'), c.req.valid('query').month), 200),
  )
  .openapi(one, async (c) =>
    c.json(await readOwnReport(c.get('deps'), c.get('actor'), c.req.valid('param').id), 200),
  );
