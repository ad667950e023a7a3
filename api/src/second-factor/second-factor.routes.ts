import { createRoute, z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import {
  deviceOf,
  keepSession,
  sessionTokenOf,
  withSession,
  withSessionThatIs,
} from '../http/session.ts';
import { endFactor, renewRecoveryCodes, resetFactor } from './change-factor.ts';
import { readSecondFactor } from './second-factor.reads.ts';
import {
  codeInputSchema,
  newSecretSchema,
  ownProofSchema,
  recoveryCodesSchema,
  secondFactorSchema,
  setUpInputSchema,
} from './second-factor.schemas.ts';
import { confirmFactor, startFactor } from './set-up-factor.ts';

const tags = ['second factor'];

const proofRefusals = [
  'request.malformed-json',
  'request.invalid',
  'request.unsupported-media-type',
  'session.required',
  'session.password-wrong',
  'session.proof-wrong',
  'session.too-many-attempts',
] as const;

const mine = createRoute({
  method: 'get',
  path: '/account/second-factor',
  tags,
  summary: 'Whether I have a second factor, and whether I must',
  middleware: [withSessionThatIs('whole', 'enrolment')] as const,
  responses: { 200: json(secondFactorSchema, 'My factor'), ...answersOf('session.required') },
});

const start = createRoute({
  method: 'post',
  path: '/account/second-factor',
  tags,
  summary: 'Start to set up a second factor: the secret, this once; nothing changes until a code',
  middleware: [withSessionThatIs('whole', 'enrolment')] as const,
  request: jsonBody(setUpInputSchema),
  responses: {
    201: json(newSecretSchema, 'The secret'),
    ...answersOf(...proofRefusals, 'action.not-allowed'),
  },
});

const confirm = createRoute({
  method: 'post',
  path: '/account/second-factor/confirmation',
  tags,
  summary: 'Put it to use with a code; my other sessions end and this one gets a new cookie',
  middleware: [withSessionThatIs('whole', 'enrolment')] as const,
  request: jsonBody(codeInputSchema),
  responses: {
    201: json(recoveryCodesSchema, 'Recovery codes, this once'),
    ...answersOf(
      'request.malformed-json',
      'request.invalid',
      'request.unsupported-media-type',
      'session.required',
      'session.code-wrong',
      'session.too-many-attempts',
      'second-factor.not-set-up',
    ),
  },
});

const renew = createRoute({
  method: 'post',
  path: '/account/second-factor/recovery-codes',
  tags,
  summary: 'New recovery codes; those before are good no more',
  middleware: [withSession] as const,
  request: jsonBody(ownProofSchema),
  responses: {
    201: json(recoveryCodesSchema, 'Recovery codes, this once'),
    ...answersOf(...proofRefusals, 'second-factor.not-set-up'),
  },
});

const end = createRoute({
  method: 'post',
  path: '/account/second-factor/end',
  tags,
  summary: 'Turn my second factor off, where no role of mine needs it',
  middleware: [withSession] as const,
  request: jsonBody(ownProofSchema),
  responses: {
    204: { description: 'Off' },
    ...answersOf(...proofRefusals, 'second-factor.not-set-up', 'second-factor.required'),
  },
});

const reset = createRoute({
  method: 'post',
  path: '/accounts/{id}/second-factor/reset',
  tags,
  summary:
    'By an administrator, of somebody else: factor, recovery codes and sessions end; the person and the leaders are told',
  middleware: [withSession] as const,
  request: { params: z.object({ id: idInput }), ...jsonBody(ownProofSchema) },
  responses: {
    204: { description: 'Reset' },
    ...answersOf(
      ...proofRefusals,
      'action.not-allowed',
      'resource.not-found',
      'second-factor.not-set-up',
    ),
  },
});

export const secondFactorRoutes = routeSet()
  .openapi(mine, async (c) => c.json(await readSecondFactor(c.get('deps'), c.get('actor')), 200))
  .openapi(start, async (c) => {
    const input = { ...c.req.valid('json'), device: deviceOf(c), stage: c.get('stage') };
    return c.json(await startFactor(c.get('deps'), c.get('actor'), input), 201);
  })
  .openapi(confirm, async (c) => {
    const input = {
      ...c.req.valid('json'),
      device: deviceOf(c),
      token: sessionTokenOf(c) ?? '',
      stage: c.get('stage'),
    };
    const { token, seconds, recoveryCodes } = await confirmFactor(
      c.get('deps'),
      c.get('actor'),
      input,
    );
    keepSession(c, token, seconds);
    return c.json({ recoveryCodes }, 201);
  })
  .openapi(renew, async (c) => {
    const proof = { ...c.req.valid('json'), device: deviceOf(c) };
    return c.json(await renewRecoveryCodes(c.get('deps'), c.get('actor'), proof), 201);
  })
  .openapi(end, async (c) => {
    const proof = { ...c.req.valid('json'), device: deviceOf(c) };
    await endFactor(c.get('deps'), c.get('actor'), proof);
    return c.body(null, 204);
  })
  .openapi(reset, async (c) => {
    const proof = { ...c.req.valid('json'), device: deviceOf(c) };
    await resetFactor(c.get('deps'), c.get('actor'), c.req.valid('param').id, proof);
    return c.body(null, 204);
  });
