import { createRoute } from '@hono/zod-openapi';
import { answersOf } from '../http/problem.ts';
import { refuse } from '../http/refusals.ts';
import { json, routeSet } from '../http/routes.ts';
import { cast, demoPassword } from './cast.ts';
import { castSchema } from './demo.schemas.ts';

const route = createRoute({
  method: 'get',
  path: '/demo/cast',
  tags: ['demo'],
  summary: 'The invented people of the demo; in demo mode only',
  responses: { 200: json(castSchema, 'The cast'), ...answersOf('resource.not-found') },
});

export const demoRoutes = routeSet().openapi(route, (c) => {
  const { demo } = c.get('deps');
  if (!demo) return refuse('resource.not-found');
  const items = cast.map(({ school, account, role, story }) => {
    const { name, schoolName } = demo.namesOf(school, account);
    return { school, schoolName, account, name, role, story };
  });
  return c.json({ password: demoPassword, items }, 200);
});
