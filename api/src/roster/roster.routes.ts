import { createRoute, z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';
import { answersOf } from '../http/problem.ts';
import { json, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import { listClasses, listPupils, readPupil } from './roster.reads.ts';
import {
  classListSchema,
  pupilListSchema,
  pupilQuerySchema,
  pupilPageSchema,
} from './roster.schemas.ts';

const tags = ['roster'];

const classes = createRoute({
  method: 'get',
  path: '/classes',
  tags,
  summary: 'The classes whose pupils I may list',
  middleware: [withSession] as const,
  responses: { 200: json(classListSchema, 'Classes'), ...answersOf('session.required') },
});

const pupils = createRoute({
  method: 'get',
  path: '/pupils',
  tags,
  summary: 'The pupils I may list',
  middleware: [withSession] as const,
  request: { query: pupilQuerySchema },
  responses: {
    200: json(pupilListSchema, 'Pupils'),
    ...answersOf('request.invalid', 'session.required'),
  },
});

const pupil = createRoute({
  method: 'get',
  path: '/pupils/{id}',
  tags,
  summary: 'One pupil I may list',
  middleware: [withSession] as const,
  request: { params: z.object({ id: idInput }) },
  responses: {
    200: json(pupilPageSchema, 'The pupil'),
    ...answersOf('session.required', 'resource.not-found'),
  },
});

export const rosterRoutes = routeSet()
  .openapi(classes, async (c) => c.json(await listClasses(c.get('deps'), c.get('actor')), 200))
  .openapi(pupils, async (c) =>
    c.json(await listPupils(c.get('deps'), c.get('actor'), c.req.valid('query')), 200),
  )
  .openapi(pupil, async (c) => {
    const { id } = c.req.valid('param');
    return c.json(await readPupil(c.get('deps'), c.get('actor'), id), 200);
  });
