import { error, fail, redirect } from '@sveltejs/kit';
import { read, send } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { formProblem } from '#lib/api/refused.ts';
import type { MonthlyReportSent, Session } from '#lib/api/shapes.ts';
import { inputOf } from '#lib/reporting/draft.ts';
import { peerFormMaterial } from '#lib/reporting/form-material.server.ts';
import {
  reportValues,
  stepsWithoutScripts,
  type ReportStep,
} from '#lib/reporting/report-values.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(event.params.month)) error(404, '');
  return { month: event.params.month, ...(await peerFormMaterial(event)) };
};

export const actions: Actions = {
  edit: async ({ request }) => stepsWithoutScripts.edit(reportValues(await request.formData())),
  review: async ({ request }) => stepsWithoutScripts.review(reportValues(await request.formData())),
  add: async (event) => {
    const { today } = await read<Session>(event, '/session');
    return stepsWithoutScripts.add(reportValues(await event.request.formData()), today);
  },
  send: async (event) => {
    const form = await event.request.formData();
    const values = reportValues(form);
    const sent = await send<MonthlyReportSent>(
      event,
      'POST',
      '/monthly-reports',
      {
        month: event.params.month,
        kindness: values.kindness.trim() || null,
        zeroReport: values.noticed === 'nobody',
        observations: values.drafts.map(inputOf),
        wantToTalk: values.wantToTalk,
      },
      textOf(form, 'idempotencyKey'),
    );
    if (!sent.ok) {
      const problem = await formProblem(sent.problem, event);
      const step: ReportStep = { values, step: 'edit', attempted: true, problem };
      return fail(sent.problem.status, step);
    }
    redirect(303, sentPath(sent.data));
  },
};

/** Where to go on: to the answers of every emergency, if there is one, else to the thanks. */
function sentPath(report: MonthlyReportSent): string {
  const [first, ...others] = report.emergencyIds;
  return first
    ? `/report/sent/observation/${first}?now=${others.join(',')}`
    : `/report/sent/monthly/${report.id}`;
}
