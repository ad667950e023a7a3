import { error } from '@sveltejs/kit';
import { find } from '#lib/api/client.ts';
import type { Answered } from '#lib/api/shapes.ts';
import { allAnswered } from '#lib/reporting/all-answered.ts';
import type { PageServerLoad } from './$types';

const unknown: Answered = { answered: false, answeredAt: null };

export const load: PageServerLoad = async (event) => {
  const { kind, id } = event.params;
  if (kind !== 'monthly' && kind !== 'observation') error(404, '');
  const others = event.url.searchParams.get('now');
  const urgent = kind === 'observation' && others !== null;
  const ids = urgent ? [id, ...others.split(',').filter((one) => one !== '')] : [];
  // What cannot be read is "not answered yet": this page must never be an error while a child waits.
  const answers = await Promise.all(
    ids.map((one) => find<Answered>(event, `/observations/${encodeURIComponent(one)}/answer`)),
  );
  return { ids, urgent, answer: urgent ? allAnswered(answers.map((one) => one ?? unknown)) : null };
};
