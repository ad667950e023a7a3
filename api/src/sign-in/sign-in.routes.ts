import { createRoute, z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import {
  deviceOf,
  forgetSession,
  keepSession,
  sessionTokenOf,
  withSession,
  withSessionThatIs,
} from '../http/session.ts';
import { codeInputSchema } from '../second-factor/second-factor.schemas.ts';
import { endSession, leaveSession } from './end-session.ts';
import { changePassword } from './change-password.ts';
import { finishSignIn } from './finish-sign-in.ts';
import { openSession } from './open-session.ts';
import { listOwnSessions, readSession } from './session.reads.ts';
import {
  credentialsSchema,
  passwordChangeSchema,
  sessionListSchema,
  sessionSchema,
  signedInSchema,
  steppedUpSchema,
  stepUpInputSchema,
} from './sign-in.schemas.ts';
import { endStepUp, stepUp } from './step-up.ts';

const tags = ['session'];

const signIn = createRoute({
  method: 'post',
  path: '/session',
  tags,
  summary:
    'Sign in; the answer sets the session cookie, and says when it waits for a code or for setting up a second factor',
  request: jsonBody(credentialsSchema),
  responses: {
    201: json(signedInSchema, 'Signed in'),
    ...answersOf(
      'request.malformed-json',
      'request.invalid',
      'request.unsupported-media-type',
      'session.invalid-credentials',
      'session.too-many-attempts',
    ),
  },
});

const signInFurther = createRoute({
  method: 'post',
  path: '/session/second-factor',
  tags,
  summary: 'The second step of signing in: a code; the session gets a new cookie',
  middleware: [withSessionThatIs('code')] as const,
  request: jsonBody(codeInputSchema),
  responses: {
    201: json(signedInSchema, 'Signed in'),
    ...answersOf(
      'request.malformed-json',
      'request.invalid',
      'request.unsupported-media-type',
      'session.required',
      'session.code-wrong',
      'session.too-many-attempts',
      'second-factor.not-asked',
    ),
  },
});

const whoAmI = createRoute({
  method: 'get',
  path: '/session',
  tags,
  summary: 'Who is signed in, with roles and scopes',
  middleware: [withSession] as const,
  responses: { 200: json(sessionSchema, 'The session'), ...answersOf('session.required') },
});

const signOut = createRoute({
  method: 'delete',
  path: '/session',
  tags,
  summary: 'Sign out',
  middleware: [withSessionThatIs('whole', 'code', 'enrolment')] as const,
  responses: { 204: { description: 'Signed out' }, ...answersOf('session.required') },
});

const mySessions = createRoute({
  method: 'get',
  path: '/sessions',
  tags,
  summary: 'My live sessions',
  middleware: [withSession] as const,
  responses: { 200: json(sessionListSchema, 'My sessions'), ...answersOf('session.required') },
});

const endOne = createRoute({
  method: 'delete',
  path: '/sessions/{id}',
  tags,
  summary: 'End one of my sessions',
  middleware: [withSession] as const,
  request: { params: z.object({ id: idInput }) },
  responses: {
    204: { description: 'Ended' },
    ...answersOf('session.required', 'resource.not-found'),
  },
});

const passwordAgain = [
  'request.malformed-json',
  'request.invalid',
  'request.unsupported-media-type',
  'session.required',
  'session.password-wrong',
  'session.too-many-attempts',
] as const;

const giveAgain = createRoute({
  method: 'post',
  path: '/session/step-up',
  tags,
  summary:
    'Give the password again (and a code, with a second factor), for one purpose and ten minutes; the session gets a new cookie',
  middleware: [withSession] as const,
  request: jsonBody(stepUpInputSchema),
  responses: {
    201: json(steppedUpSchema, 'Stepped up'),
    ...answersOf(...passwordAgain, 'session.proof-wrong'),
  },
});

const stepDown = createRoute({
  method: 'delete',
  path: '/session/step-up',
  tags,
  summary: 'End the step-up before its time',
  middleware: [withSession] as const,
  responses: { 204: { description: 'Ended' }, ...answersOf('session.required') },
});

const newPassword = createRoute({
  method: 'post',
  path: '/account/password',
  tags,
  summary: 'Change my password; every session of mine ends',
  middleware: [withSession] as const,
  request: jsonBody(passwordChangeSchema),
  responses: {
    204: { description: 'Changed' },
    ...answersOf(...passwordAgain, 'account.password-weak'),
  },
});

export const signInRoutes = routeSet()
  .openapi(signIn, async (c) => {
    const input = {
      ...c.req.valid('json'),
      device: deviceOf(c),
      deviceLabel: c.req.header('user-agent') ?? '',
    };
    const { token, seconds, stage } = await openSession(c.get('deps'), input);
    keepSession(c, token, seconds);
    if (stage !== 'whole') return c.json({ signedIn: false, needs: stage }, 201);
    return c.json({ signedIn: true }, 201);
  })
  .openapi(signInFurther, async (c) => {
    const input = { ...c.req.valid('json'), token: sessionTokenOf(c) ?? '', device: deviceOf(c) };
    const { token, seconds } = await finishSignIn(c.get('deps'), c.get('actor'), input);
    keepSession(c, token, seconds);
    return c.json({ signedIn: true }, 201);
  })
  .openapi(whoAmI, async (c) => c.json(await readSession(c.get('deps'), c.get('actor')), 200))
  .openapi(signOut, async (c) => {
    await leaveSession(c.get('deps'), c.get('actor'));
    forgetSession(c);
    // What a page kept in this browser goes with the session; cookies stay: that the device is known keeps strangers from locking it out.
    c.header('clear-site-data', '"storage"');
    return c.body(null, 204);
  })
  .openapi(giveAgain, async (c) => {
    const input = {
      ...c.req.valid('json'),
      token: sessionTokenOf(c) ?? '',
      device: deviceOf(c),
    };
    const { token, seconds, answer } = await stepUp(c.get('deps'), c.get('actor'), input);
    keepSession(c, token, seconds);
    return c.json(answer, 201);
  })
  .openapi(stepDown, async (c) => {
    await endStepUp(c.get('deps'), c.get('actor'));
    return c.body(null, 204);
  })
  .openapi(newPassword, async (c) => {
    const input = { ...c.req.valid('json'), device: deviceOf(c) };
    await changePassword(c.get('deps'), c.get('actor'), input);
    forgetSession(c);
    return c.body(null, 204);
  })
  .openapi(mySessions, async (c) =>
    c.json(await listOwnSessions(c.get('deps'), c.get('actor')), 200),
  )
  .openapi(endOne, async (c) => {
    await endSession(c.get('deps'), c.get('actor'), c.req.valid('param').id);
    return c.body(null, 204);
  });
