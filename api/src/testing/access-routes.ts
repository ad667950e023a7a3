import { z } from '@hono/zod-openapi';
import { roles } from '@shaodian/rules';
import { circlesThatReach, isAllowed, stands } from './access-oracle.ts';
import type { AccessActor, AccessRow } from './access-oracle.ts';
import { accessFile, mayInsert, maySee, mayUpdate, rulesSchema } from './access-table.ts';
import type { Rules } from './access-table.ts';

const rightsOf = { see: maySee, insert: mayInsert, update: mayUpdate } as const;

/** Rules of the route's own, or the right of a table: `see alerts`. */
const rightSchema = z.union([
  rulesSchema,
  z.string().transform((text, context): Rules => {
    const [command = '', table = ''] = text.split(' ');
    const rules = rightsOf[command as keyof typeof rightsOf]?.[table];
    if (!rules) context.addIssue({ code: 'custom', message: `no table has the right “${text}”` });
    return rules ?? {};
  }),
]);

/** A status, and the code of the refusal: `403 action.not-allowed`. */
const outcomeSchema = z.union([
  z.number().transform(String),
  z.string().regex(/^4\d\d [a-z-]+[.][a-z-]+$/),
]);

const routeSchema = z.strictObject({
  of: z.string().nullable(),
  why: z.string().optional(),
  session: z.literal(false).optional(),
  roles: z.array(z.enum(roles)).optional(),
  refusal: outcomeSchema.optional(),
  about: z.string().optional(),
  sees: rightSchema.optional(),
  hidden: outcomeSchema.default('404 resource.not-found'),
  may: rightSchema.optional(),
  otherwise: outcomeSchema.optional(),
  lists: z.string().optional(),
  fields: z.record(z.string(), rightSchema).default({}),
  answers: outcomeSchema,
});
export type AccessRoute = z.infer<typeof routeSchema>;

/** `METHOD /path` → who gets which answer. */
export const accessRoutes = z
  .strictObject({ about: z.string(), routes: z.record(z.string(), routeSchema) })
  .parse(accessFile('routes.json')).routes;

export const routeOf = (name: string): AccessRoute => {
  const route = accessRoutes[name];
  if (!route) throw new Error(`${name} has no row in routes.json`);
  return route;
};

/**
 * What the access table says is answered.
 * @param row the row that the request names, if it names one
 * @param ready whether the row is in a state that allows it
 */
export function expectedOf(
  route: AccessRoute,
  actor: AccessActor,
  row?: AccessRow,
  ready = true,
): string {
  if (route.session === false) return route.answers;
  if (!actor.context) return '401 session.required';
  if (route.roles && !route.roles.some((role) => stands(actor, role)))
    return route.refusal ?? lacking('refusal');
  if (row && route.sees && !isAllowed(route.sees, actor, row)) return route.hidden;
  if (row && route.may && !isAllowed(route.may, actor, row))
    return route.refusal ?? lacking('refusal');
  return ready ? route.answers : (route.otherwise ?? lacking('otherwise'));
}

const lacking = (what: string): never => {
  throw new Error(`the route needs "${what}"`);
};

/** Whether a field of the answer has a value for this reader. */
export const mayReadField = (
  route: AccessRoute,
  field: string,
  actor: AccessActor,
  row: AccessRow,
): boolean => {
  const rules = route.fields[field];
  if (!rules) throw new Error(`routes.json says nothing of ${field}`);
  return isAllowed(rules, actor, row);
};

const circumstances: Readonly<Record<string, string>> = {
  holder: 'oneself',
  own: 'oneself',
  on_red_duty: 'red_duty',
  break_glass: 'broken_glass',
};

/** Whether "why may I see this" names a circle that the access table really gives the row through. */
export const isTrueReason = (
  route: AccessRoute,
  why: { readonly role: string },
  actor: AccessActor,
  row: AccessRow,
): boolean => {
  const circles: readonly string[] = circlesThatReach(route.sees, actor, row);
  return circles.includes(circumstances[why.role] ?? why.role);
};
