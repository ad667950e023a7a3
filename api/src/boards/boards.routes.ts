import { createRoute } from '@hono/zod-openapi';
import { answersOf } from '../http/problem.ts';
import { json, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import { schoolBoardSchema } from './boards.schemas.ts';
import { readSchoolBoard } from './school-board.reads.ts';

const school = createRoute({
  method: 'get',
  path: '/boards/school',
  tags: ['boards'],
  summary: "The school leader's board",
  middleware: [withSession] as const,
  responses: {
    200: json(schoolBoardSchema, 'The board'),
    ...answersOf('session.required', 'action.not-allowed'),
  },
});

export const boardRoutes = routeSet().openapi(school, async (c) =>
  c.json(await readSchoolBoard(c.get('deps'), c.get('actor')), 200),
);
