import { createRoute, z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';
import { etagOf, ifMatchOf } from '../http/if-match.ts';
import { onceOf } from '../http/once.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import { addSlot } from './add-slot.ts';
import { changeSlot } from './change-slot.ts';
import { copyWeek } from './copy-week.ts';
import { coverSlot } from './cover-slot.ts';
import { readDutyWeek } from './duty-week.reads.ts';
import {
  absenceInputSchema,
  copiedSchema,
  copyInputSchema,
  coverInputSchema,
  dutyWeekSchema,
  madeSchema,
  slotChangeSchema,
  slotChangedSchema,
  slotInputSchema,
  weekQuerySchema,
} from './duty.schemas.ts';
import { endAbsence } from './end-absence.ts';
import { recordAbsence } from './record-absence.ts';

const tags = ['duty'];
const idParam = z.object({ id: idInput });
const idempotencyKey = z.object({ 'idempotency-key': z.string().optional() });
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

const readWeek = createRoute({
  method: 'get',
  path: '/duty',
  tags,
  summary: 'The duty roster of a week, as far as the reader sees it, and what is missing in it',
  middleware: [withSession] as const,
  request: { query: weekQuerySchema },
  responses: {
    200: json(dutyWeekSchema, 'Roster'),
    ...answersOf('session.required', 'request.invalid'),
  },
});

const add = createRoute({
  method: 'post',
  path: '/duty-slots',
  tags,
  summary: 'Put somebody on a duty list for a while',
  middleware: [withSession] as const,
  request: { headers: idempotencyKey, ...jsonBody(slotInputSchema) },
  responses: {
    201: json(madeSchema, 'Listed'),
    ...answersOf(...creating, 'duty.person-not-found', 'duty.listed-already', 'duty.list-full'),
  },
});

const change = createRoute({
  method: 'patch',
  path: '/duty-slots/{id}',
  tags,
  summary: 'Change the place on the list, or end a turn of duty earlier',
  middleware: [withSession] as const,
  request: {
    params: idParam,
    headers: z.object({ 'if-match': z.string().optional() }),
    ...jsonBody(slotChangeSchema),
  },
  responses: {
    200: json(slotChangedSchema, 'Changed'),
    ...answersOf(
      'request.malformed-json',
      'request.invalid',
      'request.unsupported-media-type',
      'request.version-missing',
      'request.version-old',
      'session.required',
      'action.not-allowed',
      'resource.not-found',
      'duty.over',
    ),
  },
});

const cover = createRoute({
  method: 'post',
  path: '/duty-slots/{id}/covers',
  tags,
  summary: 'Let somebody stand in for a turn of duty or a part of it',
  middleware: [withSession] as const,
  request: { params: idParam, headers: idempotencyKey, ...jsonBody(coverInputSchema) },
  responses: {
    201: json(madeSchema, 'Listed'),
    ...answersOf(
      ...creating,
      'resource.not-found',
      'duty.over',
      'duty.outside',
      'duty.person-not-found',
      'duty.listed-already',
    ),
  },
});

const copy = createRoute({
  method: 'post',
  path: '/duty/copies',
  tags,
  summary: 'Plan the weeks after one like it',
  middleware: [withSession] as const,
  request: { headers: idempotencyKey, ...jsonBody(copyInputSchema) },
  responses: { 201: json(copiedSchema, 'Copied'), ...answersOf(...creating) },
});

const away = createRoute({
  method: 'post',
  path: '/absences',
  tags,
  summary: 'Say that somebody is absent for a while',
  middleware: [withSession] as const,
  request: { headers: idempotencyKey, ...jsonBody(absenceInputSchema) },
  responses: {
    201: json(madeSchema, 'Recorded'),
    ...answersOf(...creating, 'duty.person-not-found'),
  },
});

const back = createRoute({
  method: 'post',
  path: '/absences/{id}/end',
  tags,
  summary: 'End an absence now, or call it off',
  middleware: [withSession] as const,
  request: { params: idParam, headers: idempotencyKey, ...jsonBody(z.strictObject({})) },
  responses: {
    201: json(madeSchema, 'Ended'),
    ...answersOf(...creating, 'resource.not-found', 'absence.over'),
  },
});

export const dutyRoutes = routeSet()
  .openapi(readWeek, async (c) =>
    c.json(await readDutyWeek(c.get('deps'), c.get('actor'), c.req.valid('query').week), 200),
  )
  .openapi(add, async (c) =>
    c.json(await addSlot(c.get('deps'), c.get('actor'), c.req.valid('json'), await onceOf(c)), 201),
  )
  .openapi(change, async (c) => {
    const { id } = c.req.valid('param');
    const input = c.req.valid('json');
    const slot = await changeSlot(c.get('deps'), c.get('actor'), id, ifMatchOf(c), input);
    c.header('etag', etagOf(slot.version));
    return c.json(slot, 200);
  })
  .openapi(cover, async (c) => {
    const { id } = c.req.valid('param');
    return c.json(
      await coverSlot(c.get('deps'), c.get('actor'), id, c.req.valid('json'), await onceOf(c)),
      201,
    );
  })
  .openapi(copy, async (c) =>
    c.json(
      await copyWeek(c.get('deps'), c.get('actor'), c.req.valid('json'), await onceOf(c)),
      201,
    ),
  )
  .openapi(away, async (c) =>
    c.json(
      await recordAbsence(c.get('deps'), c.get('actor'), c.req.valid('json'), await onceOf(c)),
      201,
    ),
  )
  .openapi(back, async (c) =>
    c.json(
      await endAbsence(c.get('deps'), c.get('actor'), c.req.valid('param').id, await onceOf(c)),
      201,
    ),
  );
