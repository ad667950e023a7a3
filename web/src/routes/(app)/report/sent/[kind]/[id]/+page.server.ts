import { error } from '@sveltejs/kit';
import { read, type ApiEvent } from '#lib/api/client.ts';
import type { AnswerStatus, MyReports, Session } from '#lib/api/shapes.ts';
import { answerOfReport, type Answer } from '#lib/reporting/watch-answer.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { kind, id } = event.params;
  if (kind !== 'monthly' && kind !== 'observation') error(404, '');
  const [answer, session] = await Promise.all([
    answerTo(event, kind, id),
    read<Session>(event, '/session'),
  ]);
  return {
    kind: kind as 'monthly' | 'observation',
    id,
    answer,
    urgent: event.url.searchParams.has('now'),
    dutyPhone: session.school.dutyPhone ?? null,
    timeZone: session.school.timeZone,
  };
};

async function answerTo(event: ApiEvent, kind: string, id: string): Promise<Answer> {
  if (kind === 'observation') return read<AnswerStatus>(event, `/observations/${id}/status`);
  return answerOfReport(await read<MyReports>(event, '/monthly-reports/mine'), id);
}
