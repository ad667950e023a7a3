import { fail } from '@sveltejs/kit';
import { addDays, daysBetween, localDate, readCalendarList } from '@shaodian/rules';
import { read, sendChange } from '#lib/api/client.ts';
import type { ApiEvent } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { Calendar } from '#lib/api/shapes.ts';
import { addMonths, monthsOf } from '#lib/calendar/months-of.ts';
import { published2026 } from '#lib/calendar/published-2026.ts';
import { loadOfficeWords } from '#lib/words/index.ts';
import type { Actions, PageServerLoad } from './$types';

const shownMonths = 6;
const longestSpanDays = 92;

export const load: PageServerLoad = async (event) => {
  const { session, serverNow } = await event.parent();
  const calendar = await read<Calendar>(event, '/calendar');
  const today = localDate(serverNow, session.school.timeZone);
  const asked = event.url.searchParams.get('from') ?? '';
  const from = /^20\d\d-(0[1-9]|1[0-2])$/.test(asked) ? asked : today.slice(0, 7);
  return {
    calendar,
    months: monthsOf(calendar, from, shownMonths),
    from,
    before: addMonths(from, -shownMonths),
    after: addMonths(from, shownMonths),
    today,
    list: event.url.searchParams.get('list') === '2026' ? published2026 : '',
  };
};

const change = async (event: ApiEvent & { locals: App.Locals }, form: FormData, body: object) => {
  const sent = await sendChange<Calendar>(event, '/calendar', body, textOf(form, 'version'));
  return sent.ok ? null : refused(sent.problem, {}, event);
};

export const actions: Actions = {
  days: async (event) => {
    const form = await event.request.formData();
    const [first, last] = [textOf(form, 'first'), textOf(form, 'last') || textOf(form, 'first')];
    const length = daysBetween(first, last) + 1;
    // Also where one of them is no date.
    if (!(length >= 1 && length <= longestSpanDays)) {
      const { tooLong } = (await loadOfficeWords(event.locals.locale)).calendar;
      return fail(422, { problem: { message: tooLong, fields: {} as Record<string, string> } });
    }
    const kind = textOf(form, 'kind') === 'usual' ? null : textOf(form, 'kind');
    const label = textOf(form, 'label');
    const days = Array.from({ length }, (_, index) => ({
      day: addDays(first, index),
      kind,
      label,
    }));
    return (await change(event, form, { days })) ?? { done: 'changed' as const };
  },
  term: async (event) => {
    const form = await event.request.formData();
    const id = textOf(form, 'id');
    const term = {
      id: id === '' ? null : Number(id),
      name: textOf(form, 'name'),
      startsOn: textOf(form, 'startsOn'),
      endsOn: textOf(form, 'endsOn'),
    };
    return (await change(event, form, { term })) ?? { done: 'changed' as const };
  },
  bells: async (event) => {
    const form = await event.request.formData();
    const bells = { startsAt: textOf(form, 'startsAt'), endsAt: textOf(form, 'endsAt') };
    return (await change(event, form, { bells })) ?? { done: 'changed' as const };
  },
  preview: async (event) => {
    const text = textOf(await event.request.formData(), 'list');
    const { days: now } = await read<Calendar>(event, '/calendar');
    const { days, faults } = readCalendarList(text);
    const known = new Map(now.map((row) => [row.day, row]));
    const rows = days.map((row) => {
      const before = known.get(row.day);
      const isSame = before?.kind === row.kind && before.label === row.label;
      const state = before ? (isSame ? ('same' as const) : ('changed' as const)) : ('new' as const);
      return { ...row, state };
    });
    return { preview: { text, rows, faults } };
  },
  apply: async (event) => {
    const form = await event.request.formData();
    const { days } = readCalendarList(textOf(form, 'list'));
    return (await change(event, form, { days })) ?? { done: 'imported' as const };
  },
};
