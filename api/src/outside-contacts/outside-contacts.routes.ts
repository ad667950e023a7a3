import { createRoute, z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';
import { onceOf } from '../http/once.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import { addOutsideContact, endOutsideContact, listOutsideContacts } from './outside-contacts.ts';
import { outsideContactInputSchema, outsideContactListSchema } from './outside-contacts.schemas.ts';

const tags = ['duty'];
const idempotencyKey = z.object({ 'idempotency-key': z.string().optional() });
const madeSchema = z.object({ id: z.uuid() });
const creating = [
  'request.malformed-json',
  'request.invalid',
  'request.unsupported-media-type',
  'session.required',
  'action.not-allowed',
  'idempotency.key-missing',
  'idempotency.payload-differs',
  'idempotency.in-progress',
] as const;

const list = createRoute({
  method: 'get',
  path: '/outside-contacts',
  tags,
  summary: 'Whom an alert reaches when nobody at school answers',
  middleware: [withSession] as const,
  responses: {
    200: json(outsideContactListSchema, 'Contacts'),
    ...answersOf('session.required', 'action.not-allowed'),
  },
});

const add = createRoute({
  method: 'post',
  path: '/outside-contacts',
  tags,
  summary: 'Name a contact outside the school',
  middleware: [withSession] as const,
  request: { headers: idempotencyKey, ...jsonBody(outsideContactInputSchema) },
  responses: {
    201: json(madeSchema, 'Named'),
    ...answersOf(...creating, 'outside-contact.too-many'),
  },
});

const end = createRoute({
  method: 'post',
  path: '/outside-contacts/{id}/end',
  tags,
  summary: 'A contact outside is told no more',
  middleware: [withSession] as const,
  request: {
    params: z.object({ id: idInput }),
    headers: idempotencyKey,
    ...jsonBody(z.strictObject({})),
  },
  responses: {
    201: json(madeSchema, 'Ended'),
    ...answersOf(...creating, 'resource.not-found', 'outside-contact.last'),
  },
});

export const outsideContactRoutes = routeSet()
  .openapi(list, async (c) => c.json(await listOutsideContacts(c.get('deps'), c.get('actor')), 200))
  .openapi(add, async (c) =>
    c.json(
      await addOutsideContact(c.get('deps'), c.get('actor'), c.req.valid('json'), await onceOf(c)),
      201,
    ),
  )
  .openapi(end, async (c) =>
    c.json(
      await endOutsideContact(
        c.get('deps'),
        c.get('actor'),
        c.req.valid('param').id,
        await onceOf(c),
      ),
      201,
    ),
  );
