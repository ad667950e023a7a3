import { addDays, localDate } from '@shaodian/rules';
import { read, send, sendChange } from '#lib/api/client.ts';
import type { ApiEvent } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type { DutyWeek, Session } from '#lib/api/shapes.ts';
import { daysOfWeek } from '#lib/duty/days-of-week.ts';
import { spanOfForm } from '#lib/duty/span-of-form.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { session, role, serverNow } = await event.parent();
  const { timeZone } = session.school;
  const roster = await read<DutyWeek>(event, '/duty', {
    week: event.url.searchParams.get('week'),
  });
  const chosen = event.url.searchParams.get('turn');
  const turn = roster.slots.find((slot) => slot.id === chosen);
  const mayChange = (slot: DutyWeek['slots'][number]): boolean =>
    roster.may.change || (roster.may.ownAbsence && slot.person.id === session.person.id);
  return {
    roster,
    days: daysOfWeek(roster, timeZone),
    before: addDays(roster.week.from, -7),
    after: addDays(roster.week.from, 7),
    /** The turn that is being changed. */
    turn: turn && mayChange(turn) ? turn : null,
    changeable: roster.slots.filter(mayChange).map((slot) => slot.id),
    seesAll: role !== 'homeroom_teacher',
    today: localDate(serverNow, timeZone),
    idempotencyKey: crypto.randomUUID(),
  };
};

const typedSpan = async (event: ApiEvent, form: FormData) => {
  const session = await read<Session>(event, '/session');
  return spanOfForm(form, session.school.timeZone);
};

const textOrNull = (form: FormData, name: string): string | null => textOf(form, name) || null;

export const actions: Actions = {
  add: async (event) => {
    const form = await event.request.formData();
    const { startsAt, endsAt } = await typedSpan(event, form);
    const body = {
      duty: textOf(form, 'duty'),
      person: textOf(form, 'person'),
      phone: textOrNull(form, 'phone'),
      startsAt,
      endsAt: textOf(form, 'openEnded') === 'yes' ? null : endsAt,
    };
    const key = textOf(form, 'idempotencyKey');
    const sent = await send(event, 'POST', '/duty-slots', body, key);
    return sent.ok ? { done: 'added' as const } : refused(sent.problem, {}, event);
  },
  move: async (event) => {
    const form = await event.request.formData();
    const body = {
      position: Number(textOf(form, 'position')),
      endsAt: textOrNull(form, 'plannedEnd'),
    };
    const sent = await sendChange(event, pathOf(form), body, textOf(form, 'version'));
    return sent.ok ? { done: 'moved' as const } : refused(sent.problem, {}, event);
  },
  end: async (event) => {
    const form = await event.request.formData();
    const { endsAt } = await typedSpan(event, form);
    const body = { position: Number(textOf(form, 'position')), endsAt };
    const sent = await sendChange(event, pathOf(form), body, textOf(form, 'version'));
    return sent.ok ? { done: 'ended' as const } : refused(sent.problem, {}, event);
  },
  cover: async (event) => {
    const form = await event.request.formData();
    const body = {
      person: textOf(form, 'person'),
      phone: textOrNull(form, 'phone'),
      ...(await typedSpan(event, form)),
    };
    const key = textOf(form, 'idempotencyKey');
    const sent = await send(event, 'POST', `${pathOf(form)}/covers`, body, key);
    return sent.ok ? { done: 'covered' as const } : refused(sent.problem, {}, event);
  },
  copy: async (event) => {
    const form = await event.request.formData();
    const body = { week: textOf(form, 'week'), weeks: Number(textOf(form, 'weeks')) };
    const key = textOf(form, 'idempotencyKey');
    const sent = await send<{ copied: number }>(event, 'POST', '/duty/copies', body, key);
    return sent.ok ? { copied: sent.data.copied } : refused(sent.problem, {}, event);
  },
  away: async (event) => {
    const form = await event.request.formData();
    const body = { person: textOf(form, 'person'), ...(await typedSpan(event, form)) };
    const key = textOf(form, 'idempotencyKey');
    const sent = await send(event, 'POST', '/absences', body, key);
    return sent.ok ? { done: 'recorded' as const } : refused(sent.problem, {}, event);
  },
  back: async (event) => {
    const form = await event.request.formData();
    const path = `/absences/${encodeURIComponent(textOf(form, 'id'))}/end`;
    const sent = await send(event, 'POST', path, {}, textOf(form, 'idempotencyKey'));
    return sent.ok ? { done: 'backDone' as const } : refused(sent.problem, {}, event);
  },
};

const pathOf = (form: FormData): string => `/duty-slots/${encodeURIComponent(textOf(form, 'id'))}`;
