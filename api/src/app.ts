import { OpenAPIHono, createRoute, z } from '@hono/zod-openapi';
import { accountRoutes } from './accounts/accounts.routes.ts';
import { alertActRoutes } from './alert-acts/alert-acts.routes.ts';
import { alertRoutes } from './alerts/alerts.routes.ts';
import { auditLogRoutes } from './audit-log/audit-log.routes.ts';
import { boardRoutes } from './boards/boards.routes.ts';
import { breakGlassRoutes } from './break-glass/break-glass.routes.ts';
import { calendarRoutes } from './calendar/calendar.routes.ts';
import { clusterRoutes } from './clusters/clusters.routes.ts';
import { ConnectionLostError, NotCommittedError } from './db/database.ts';
import { erasureRoutes } from './erasures/erasures.routes.ts';
import { demoRoutes } from './demo/demo.routes.ts';
import type { Deps } from './deps.ts';
import { drillRoutes } from './drills/drills.routes.ts';
import { dutyRoutes } from './duty/duty.routes.ts';
import { exclusionRoutes } from './exclusions/exclusions.routes.ts';
import { grantRoutes } from './grants/grants.routes.ts';
import { limits } from './http/limits.ts';
import { locale, localeOf } from './http/locale.ts';
import { sameOrigin } from './http/origin.ts';
import { protections } from './http/protections.ts';
import { answersOf, problemResponse } from './http/problem.ts';
import { json } from './http/routes.ts';
import { Refusal, refusals } from './http/refusals.ts';
import type { Locale, RefusalCode } from './http/refusals.ts';
import type { Actor, ApiContext, Env } from './http/types.ts';
import { liveRoutes } from './live/events.routes.ts';
import { faultOf } from './log/fault.ts';
import type { LogFields } from './log/log-fields.ts';
import { messageRoutes } from './messages/messages.routes.ts';
import { monthlyReportRoutes } from './monthly-reports/monthly-reports.routes.ts';
import { noticeRoutes } from './notifications/notices.routes.ts';
import { helpRequestRoutes } from './help-requests/help-requests.routes.ts';
import { observationRoutes } from './observations/observations.routes.ts';
import { outsideContactRoutes } from './outside-contacts/outside-contacts.routes.ts';
import { rosterImportRoutes } from './roster-imports/roster-imports.routes.ts';
import { rosterRoutes } from './roster/roster.routes.ts';
import { secondFactorRoutes } from './second-factor/second-factor.routes.ts';
import { schoolRoutes } from './schools/schools.routes.ts';
import { signInRoutes } from './sign-in/sign-in.routes.ts';

/** The whole API under `/api`. */
export function createApp(deps: Deps) {
  const app = new OpenAPIHono<Env>().basePath('/api');
  app.use(async (c, next) => {
    c.set('deps', deps);
    await next();
    for (const [name, value] of Object.entries(protections)) c.header(name, value);
    c.header('content-language', c.get('locale'));
  });
  app.use(locale, sameOrigin, limits);
  app.notFound((c) => problemResponse('resource.not-found', readerOf(c)));
  app.onError((error, c) => answerError(error, c as unknown as ApiContext, deps));
  const routed = app
    .route('/', schoolRoutes)
    .route('/', signInRoutes)
    .route('/', secondFactorRoutes)
    .route('/', demoRoutes)
    .route('/', rosterRoutes)
    .route('/', rosterImportRoutes)
    .route('/', accountRoutes)
    .route('/', grantRoutes)
    .route('/', erasureRoutes)
    .route('/', monthlyReportRoutes)
    .route('/', observationRoutes)
    .route('/', helpRequestRoutes)
    .route('/', alertRoutes)
    .route('/', clusterRoutes)
    .route('/', alertActRoutes)
    .route('/', exclusionRoutes)
    .route('/', outsideContactRoutes)
    .route('/', drillRoutes)
    .route('/', dutyRoutes)
    .route('/', calendarRoutes)
    .route('/', breakGlassRoutes)
    .route('/', noticeRoutes)
    .route('/', messageRoutes)
    .route('/', boardRoutes)
    .route('/', liveRoutes)
    .route('/', auditLogRoutes);
  app.openapi(openApiRoute, (c) => c.json(openApiOf(app), 200));
  return routed;
}

// Outside of /api no middleware has found out who reads.
const readerOf = (c: ApiContext) =>
  (c.get('locale') as Locale | undefined) ?? localeOf(undefined, c.req.header('accept-language'));

const openApiRoute = createRoute({
  method: 'get',
  path: '/openapi.json',
  tags: ['schools'],
  summary: 'This document',
  responses: { 200: json(z.looseObject({ openapi: z.string() }), 'OpenAPI 3.1'), ...answersOf() },
});

export type App = ReturnType<typeof createApp>;

/** The OpenAPI 3.1 document of the registered routes. */
export const openApiOf = (app: Pick<OpenAPIHono<Env>, 'getOpenAPI31Document'>) =>
  app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Shaodian 哨点',
      version: '1',
      description:
        'Student wellbeing early warning for schools. Errors are RFC 9457 problem details with a stable `code`.',
    },
    servers: [{ url: '/' }],
  });

/** What was refused to a person for lack of a right stays in the audit chain. A refusal gives nothing away, so it never waits for a second try. */
async function keepDenial(code: RefusalCode, c: ApiContext, deps: Deps): Promise<void> {
  const actor = c.get('actor') as Actor | undefined;
  const { status } = refusals[code];
  if (!actor || (status !== 403 && status !== 404)) return;
  const resource = `${c.req.method} ${c.req.routePath}`;
  await deps.db
    .recordDenial(actor, { action: 'request.refused', code, resource })
    .catch((error: Error) => deps.log.error({ error: error.name }, 'a denial was not recorded'));
}

// Lost connections, lock and statement timeouts, too many clients: the request may simply be sent again.
const passing = new Set(['55P03', '57014', '53300', '40001', '40P01']);

async function answerError(error: unknown, c: ApiContext, deps: Deps): Promise<Response> {
  const language = readerOf(c);
  if (error instanceof Refusal) {
    await keepDenial(error.code, c, deps);
    return problemResponse(error.code, language, error.extras);
  }
  const code = (error as { code?: string }).code ?? '';
  const method = c.req.method as LogFields['method'];
  deps.log.error({ ...faultOf(error), route: c.req.routePath, method }, 'request failed');
  const unavailable =
    error instanceof ConnectionLostError ||
    error instanceof NotCommittedError ||
    passing.has(code) ||
    code.startsWith('CONN') ||
    code === 'ECONNREFUSED';
  return problemResponse(unavailable ? 'service.unavailable' : 'internal.error', language);
}
