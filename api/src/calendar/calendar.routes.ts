import { createRoute, z } from '@hono/zod-openapi';
import { etagOf, ifMatchOf } from '../http/if-match.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import { calendarChangeSchema, calendarSchema } from './calendar.schemas.ts';
import { changeCalendar } from './change-calendar.ts';
import { getCalendar } from './school-calendar.reads.ts';

const tags = ['calendar'];

const read = createRoute({
  method: 'get',
  path: '/calendar',
  tags,
  summary: 'Terms, holidays, make-up days and bells of the school',
  middleware: [withSession] as const,
  responses: { 200: json(calendarSchema, 'Calendar'), ...answersOf('session.required') },
});

const change = createRoute({
  method: 'patch',
  path: '/calendar',
  tags,
  summary: 'Change bells, a term or days',
  middleware: [withSession] as const,
  request: {
    headers: z.object({ 'if-match': z.string().optional() }),
    ...jsonBody(calendarChangeSchema),
  },
  responses: {
    200: json(calendarSchema, 'Changed'),
    ...answersOf(
      'request.malformed-json',
      'request.invalid',
      'request.unsupported-media-type',
      'request.version-missing',
      'request.version-old',
      'session.required',
      'action.not-allowed',
      'calendar.term-not-found',
      'calendar.terms-overlap',
    ),
  },
});

export const calendarRoutes = routeSet()
  .openapi(read, async (c) => {
    const calendar = await getCalendar(c.get('deps'), c.get('actor'));
    c.header('etag', etagOf(calendar.version));
    return c.json(calendar, 200);
  })
  .openapi(change, async (c) => {
    const input = c.req.valid('json');
    const calendar = await changeCalendar(c.get('deps'), c.get('actor'), ifMatchOf(c), input);
    c.header('etag', etagOf(calendar.version));
    return c.json(calendar, 200);
  });
