import { instantOf } from '@shaodian/rules';
import { textOf } from '#lib/api/form.ts';

export interface SpanOfForm {
  startsAt: string;
  endsAt: string;
}

/** The span that was typed as days and times of the school, as instants; what is missing or broken stays empty, and the API says so. */
export const spanOfForm = (form: FormData, timeZone: string): SpanOfForm => ({
  startsAt: instantOfForm(form, 'starts', timeZone),
  endsAt: instantOfForm(form, 'ends', timeZone),
});

const day = /^20\d\d-\d\d-\d\d$/;
const time = /^([01]\d|2[0-3]):([0-5]\d)$/;

function instantOfForm(form: FormData, end: 'starts' | 'ends', timeZone: string): string {
  const date = textOf(form, `${end}On`);
  const [, hours, minutes] = time.exec(textOf(form, `${end}At`)) ?? [];
  const isDay = day.test(date) && !Number.isNaN(Date.parse(date));
  return isDay && hours && minutes
    ? instantOf(date, Number(hours) * 60 + Number(minutes), timeZone)
    : '';
}
