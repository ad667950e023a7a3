import type { Migration } from '../migration.ts';

/**
 * Of which seat a report is, is kept as a mark that only the school's key makes. The seat itself named who reported: beside the list of seats
 * it said so to every counsellor, without the seal and without a reason, and to whoever has a copy of the tables.
 *
 * The marks need a key that the database does not have: at its next start the program replaces what is stored
 * (`api/src/crypto/mark-seats.ts`) and then validates the constraint, which is how it knows that it is done. Taken back, the reports of a class
 * and month get seats in the order of their ids, which says nothing of who wrote them.
 */
export const unseatedReports: Migration = {
  name: '0025-unseated-reports',
  up: `
alter table app.monthly_report_bodies add column seat_mark text;
comment on column app.monthly_report_bodies.seat is 'Empty: until 0025 the seat itself';
comment on column app.monthly_report_bodies.seat_mark is 'HMAC(school key, class, month and seat): one report a seat and month, and no name beside it';
alter table app.monthly_report_bodies alter column seat drop not null;
alter table app.monthly_report_bodies add constraint monthly_report_bodies_seat_not_kept check (seat is null) not valid;
alter table app.monthly_report_bodies drop constraint monthly_report_bodies_school_id_class_id_month_seat_key;
create unique index monthly_report_bodies_seat_mark on app.monthly_report_bodies (school_id, class_id, month, seat_mark);
drop policy monthly_report_bodies_created on app.monthly_report_bodies;
create policy monthly_report_bodies_created on app.monthly_report_bodies for insert to shaodian_app
  with check (school_id = (select sec.school()) and reporter_mark = (select sec.mark())
    and seat_mark is not null and class_id = any ((select sec.classes_as('committee_member'))::int[])
    and exists (select from app.committee_seats s where s.school_id = monthly_report_bodies.school_id
      and s.class_id = monthly_report_bodies.class_id and s.person_id = (select sec.uid()) and s.ends_on is null));
${counts(`
  with seats as (select s.grade_id, s.class_id, count(*) as held from app.committee_seats s
      where s.school_id = (select sec.school()) and s.ends_on is null group by s.grade_id, s.class_id),
    reports as (select r.class_id, count(*) as sent, count(*) filter (where r.late) as late from app.monthly_reports r
      where r.school_id = (select sec.school()) and r.month = for_month group by r.class_id)
  select s.grade_id, sum(s.held)::int, sum(least(coalesce(r.sent, 0), s.held))::int, sum(least(coalesce(r.late, 0), s.held))::int
  from seats s left join reports r on r.class_id = s.class_id
  where (select sec.has_role('school_leader', 'counsellor', 'lead_counsellor', 'data_protection_officer'))
  group by s.grade_id`)}
`,
  down: `
${counts(`
  select s.grade_id, count(*)::int, count(b.report_id)::int, count(b.report_id) filter (where r.late)::int
  from app.committee_seats s
  left join app.monthly_report_bodies b on b.school_id = s.school_id and b.class_id = s.class_id and b.seat = s.seat and b.month = for_month
  left join app.monthly_reports r on r.school_id = b.school_id and r.id = b.report_id
  where s.school_id = (select sec.school()) and s.ends_on is null
    and (select sec.has_role('school_leader', 'counsellor', 'lead_counsellor', 'data_protection_officer'))
  group by s.grade_id`)}
drop policy monthly_report_bodies_created on app.monthly_report_bodies;
create policy monthly_report_bodies_created on app.monthly_report_bodies for insert to shaodian_app
  with check (school_id = (select sec.school()) and reporter_mark = (select sec.mark())
    and class_id = any ((select sec.classes_as('committee_member'))::int[])
    and exists (select from app.committee_seats s where s.school_id = monthly_report_bodies.school_id
      and s.class_id = monthly_report_bodies.class_id and s.seat = monthly_report_bodies.seat
      and s.person_id = (select sec.uid()) and s.ends_on is null));
drop index app.monthly_report_bodies_seat_mark;
alter table app.monthly_report_bodies drop constraint monthly_report_bodies_seat_not_kept;
alter table app.monthly_report_bodies no force row level security;
update app.monthly_report_bodies b set seat = n.seat from (
  select school_id, report_id, case row_number() over (partition by school_id, class_id, month order by report_id) when 1 then 'A' else 'B' end as seat
  from app.monthly_report_bodies) n where b.seat is null and n.school_id = b.school_id and n.report_id = b.report_id;
alter table app.monthly_report_bodies force row level security;
alter table app.monthly_report_bodies alter column seat set not null;
alter table app.monthly_report_bodies add constraint monthly_report_bodies_school_id_class_id_month_seat_key unique (school_id, class_id, month, seat);
alter table app.monthly_report_bodies drop column seat_mark;
comment on column app.monthly_report_bodies.seat is null;
`,
};

/** How many seats of each grade have handed in, for those who may know no more than that. */
function counts(body: string): string {
  return `create or replace function sec.submission_counts(for_month date) returns table (grade_id int, seats int, submitted int, late int)
language sql stable security definer set search_path = '' as $$${body} $$;`;
}
