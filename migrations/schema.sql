-- Generated from the migrations (npm run generate). Do not edit.

-- When somebody cannot be on duty. Why is not kept
create table app.absences (
  school_id integer not null
  id uuid not null
  person_id uuid not null
  starts_at timestamp with time zone not null
  ends_at timestamp with time zone not null
  relieved_at timestamp with time zone  -- When the alerts they held went to the next holder
  absences_pkey PRIMARY KEY (school_id, id)
  absences_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  absences_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES app.people(school_id, id)
  absences_check CHECK ((ends_at >= starts_at))
);
CREATE INDEX absences_end ON app.absences USING btree (school_id, ends_at);
CREATE INDEX absences_person ON app.absences USING btree (school_id, person_id, ends_at);
row security enabled forced;
policy absences_changed permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'school_leader'::text, 'administrator'::text]) AS has_role));
policy absences_for_lookup permissive for select to shaodian_owner using true;
policy absences_of_system permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
policy absences_own permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)));
policy absences_own_changed permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)) AND ( SELECT sec.has_role(VARIADIC ARRAY['counsellor'::text]) AS has_role));
policy absences_own_recorded permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)) AND ( SELECT sec.has_role(VARIADIC ARRAY['counsellor'::text]) AS has_role));
policy absences_read permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['grade_head'::text, 'counsellor'::text, 'lead_counsellor'::text, 'school_leader'::text, 'administrator'::text, 'data_protection_officer'::text]) AS has_role));
policy absences_recorded permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'school_leader'::text]) AS has_role));
policy absences_relieved permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
grant insert, select, update (ends_at, relieved_at) to shaodian_app;

-- P4: reached by functions of schema sec only
create table app.account_secrets (
  school_id integer not null
  account_id uuid not null
  password_hash text not null
  account_secrets_pkey PRIMARY KEY (school_id, account_id)
  account_secrets_school_id_account_id_fkey FOREIGN KEY (school_id, account_id) REFERENCES app.accounts(school_id, id)
);
row security enabled forced;
policy account_secrets_for_lookup permissive for all to shaodian_owner using true;

create table app.accounts (
  school_id integer not null
  id uuid not null
  person_id uuid not null
  name text not null
  created_at timestamp with time zone not null default statement_timestamp()  -- Security time, always real
  disabled_at timestamp with time zone
  version integer not null default 1  -- Goes up with every change, by a trigger: what If-Match names
  accounts_school_id_name_key UNIQUE (school_id, name)
  accounts_school_id_person_id_key UNIQUE (school_id, person_id)
  accounts_pkey PRIMARY KEY (school_id, id)
  accounts_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  accounts_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES app.people(school_id, id)
  accounts_name_check CHECK (((length(name) >= 2) AND (length(name) <= 64)))
);
row security enabled forced;
policy accounts_changed permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id <> ( SELECT sec.uid() AS uid)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text]) AS has_role));
policy accounts_created permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (person_id <> ( SELECT sec.uid() AS uid)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text]) AS has_role));
policy accounts_erased permissive for update to shaodian_owner using (school_id = ( SELECT sec.school() AS school));
policy accounts_for_lookup permissive for select to shaodian_owner using true;
policy accounts_founded permissive for insert to shaodian_owner with check true;
policy accounts_listed permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text, 'data_protection_officer'::text]) AS has_role));
policy accounts_own permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)));
grant insert, select, update (disabled_at) to shaodian_app;
CREATE TRIGGER accounts_changed BEFORE UPDATE ON app.accounts FOR EACH ROW EXECUTE FUNCTION sec.account_changed();

-- P2: what must be done about an alert until when, in domain time; who did it is among its events
create table app.alert_clocks (
  school_id integer not null
  alert_id uuid not null
  kind text not null
  pupil_id uuid not null
  started_at timestamp with time zone not null
  due_at timestamp with time zone not null
  state text not null
  missed integer not null default 0  -- How often it was missed and climbed
  ended_at timestamp with time zone
  rung text
  asked uuid[]
  holder_id uuid  -- Who must make the mandatory report, which climbs by itself; the other steps are of whoever holds the alert
  alert_clocks_pkey PRIMARY KEY (school_id, alert_id, kind)
  alert_clocks_school_id_alert_id_pupil_id_fkey FOREIGN KEY (school_id, alert_id, pupil_id) REFERENCES app.alerts(school_id, id, pupil_id)
  alert_clocks_school_id_holder_id_fkey FOREIGN KEY (school_id, holder_id) REFERENCES app.people(school_id, id)
  alert_clocks_check CHECK (((state = 'running'::text) = (ended_at IS NULL)))
  alert_clocks_check1 CHECK (((kind = 'mandatory_report'::text) = ((rung IS NOT NULL) AND (asked IS NOT NULL))))
  alert_clocks_check2 CHECK (((holder_id IS NULL) OR (kind = 'mandatory_report'::text)))
  alert_clocks_kind_check CHECK ((kind = ANY (ARRAY['acknowledge'::text, 'see_evidence'::text, 'mandatory_report'::text, 'contact'::text, 'assessment'::text, 'guardian'::text, 'team'::text])))
  alert_clocks_rung_check CHECK ((rung = ANY (ARRAY['class'::text, 'grade'::text, 'school'::text, 'outside'::text])))
  alert_clocks_state_check CHECK ((state = ANY (ARRAY['running'::text, 'met'::text, 'stopped'::text])))
);
CREATE INDEX alert_clocks_alert ON app.alert_clocks USING btree (school_id, alert_id, pupil_id);
CREATE INDEX alert_clocks_due ON app.alert_clocks USING btree (due_at) WHERE (state = 'running'::text);
CREATE INDEX alert_clocks_holder ON app.alert_clocks USING btree (school_id, holder_id);
CREATE INDEX alert_clocks_pupil ON app.alert_clocks USING btree (school_id, pupil_id);
row security enabled forced;
policy alert_clocks_carried_out permissive for select to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery));
policy alert_clocks_climbed permissive for update to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery));
policy alert_clocks_evaluated permissive for all to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (pupil_id = ( SELECT sec.evaluated_pupil() AS evaluated_pupil)));
policy alert_clocks_for_lookup permissive for select to shaodian_owner using true;
policy alert_clocks_listed permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (alert_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE (a.school_id = ( SELECT sec.school() AS school))))));
grant insert, select, update (started_at, due_at, state, missed, ended_at, rung, asked, holder_id) to shaodian_app;
grant select, update (due_at, missed, rung, asked, holder_id) to shaodian_worker;

-- Each decision whole: rules, dates, counts, kinds of source, policy version, what would lower it
create table app.alert_decisions (
  school_id integer not null
  id uuid not null
  alert_id uuid
  pupil_id uuid not null
  class_id integer not null
  grade_id integer not null
  decided_at timestamp with time zone not null
  policy_version text not null
  decision jsonb not null
  alert_decisions_pkey PRIMARY KEY (school_id, id)
  alert_decisions_school_id_alert_id_fkey FOREIGN KEY (school_id, alert_id) REFERENCES app.alerts(school_id, id)
  alert_decisions_school_id_class_id_fkey FOREIGN KEY (school_id, class_id) REFERENCES app.classes(school_id, id)
  alert_decisions_school_id_grade_id_fkey FOREIGN KEY (school_id, grade_id) REFERENCES app.grades(school_id, id)
  alert_decisions_school_id_pupil_id_fkey FOREIGN KEY (school_id, pupil_id) REFERENCES app.pupils(school_id, id)
);
CREATE INDEX alert_decisions_alert ON app.alert_decisions USING btree (school_id, alert_id, decided_at);
CREATE INDEX alert_decisions_class ON app.alert_decisions USING btree (school_id, class_id);
CREATE INDEX alert_decisions_grade ON app.alert_decisions USING btree (school_id, grade_id);
CREATE INDEX alert_decisions_pupil ON app.alert_decisions USING btree (school_id, pupil_id);
row security enabled forced;
policy alert_decisions_counsellor permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['counsellor'::text, 'lead_counsellor'::text]) AS classes_as)::integer[])));
policy alert_decisions_excluded restrictive for all to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (pupil_id <> ALL (( SELECT sec.excluded_pupils() AS excluded_pupils)::uuid[])));
policy alert_decisions_stored permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (pupil_id = ( SELECT sec.evaluated_pupil() AS evaluated_pupil)));
grant insert, select to shaodian_app;

create table app.alert_events (
  school_id integer not null
  id uuid not null
  alert_id uuid not null
  grade_id integer not null
  class_id integer not null
  counsellor_only boolean not null
  at timestamp with time zone not null
  kind text not null
  colour text not null
  person_id uuid  -- Who acted; null when the system raised
  next_step text  -- An acknowledgement is a recorded act: it stays when the alert asks for another
  note bytea
  way text  -- How contact was made or the guardian told, or what the assessment says
  step text  -- Which step was done, or whose clock was missed
  rung text  -- How far a missed clock climbed
  alert_events_pkey PRIMARY KEY (school_id, id)
  alert_events_school_id_alert_id_fkey FOREIGN KEY (school_id, alert_id) REFERENCES app.alerts(school_id, id)
  alert_events_school_id_class_id_fkey FOREIGN KEY (school_id, class_id) REFERENCES app.classes(school_id, id)
  alert_events_school_id_grade_id_fkey FOREIGN KEY (school_id, grade_id) REFERENCES app.grades(school_id, id)
  alert_events_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES app.people(school_id, id)
  alert_events_check CHECK (((kind = 'acknowledged'::text) = (next_step IS NOT NULL)))
  alert_events_colour_check CHECK ((colour = ANY (ARRAY['blue'::text, 'yellow'::text, 'orange'::text, 'red'::text])))
  alert_events_kind_check CHECK ((kind = ANY (ARRAY['raised'::text, 'fresh_emergency'::text, 'raised_higher'::text, 'evidence_attached'::text, 'acknowledged'::text, 'with_pupil'::text, 'handed_over'::text, 'climbed'::text, 'step_missed'::text, 'step_done'::text, 'reported'::text])))
  alert_events_next_step_check CHECK ((next_step = ANY (ARRAY['go_to_pupil'::text, 'call_guardian_or_110'::text, 'talk_today'::text, 'talk_within_three_days'::text, 'hand_to_counsellor'::text, 'other'::text])))
  alert_events_rung_check CHECK ((rung = ANY (ARRAY['class'::text, 'grade'::text, 'school'::text, 'outside'::text])))
  alert_events_step_check CHECK ((step = ANY (ARRAY['acknowledge'::text, 'see_evidence'::text, 'mandatory_report'::text, 'contact'::text, 'assessment'::text, 'guardian'::text, 'team'::text])))
  alert_events_step_check1 CHECK (((kind = ANY (ARRAY['climbed'::text, 'step_missed'::text, 'step_done'::text, 'reported'::text])) = (step IS NOT NULL)))
  alert_events_way_check CHECK ((way = ANY (ARRAY['beside'::text, 'voice'::text, 'police_asked'::text, 'in_person'::text, 'call'::text, 'message'::text, 'confirmed'::text, 'less_than_feared'::text, 'more_than_feared'::text])))
);
CREATE INDEX alert_events_alert ON app.alert_events USING btree (school_id, alert_id, at);
CREATE INDEX alert_events_class ON app.alert_events USING btree (school_id, class_id);
CREATE INDEX alert_events_grade ON app.alert_events USING btree (school_id, grade_id);
CREATE INDEX alert_events_person ON app.alert_events USING btree (school_id, person_id);
row security enabled forced;
policy alert_events_acknowledged permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)) AND (kind = 'acknowledged'::text) AND (alert_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE ((a.school_id = ( SELECT sec.school() AS school)) AND (a.acknowledged_by = ( SELECT sec.uid() AS uid)))))));
policy alert_events_erased permissive for update to shaodian_owner using (school_id = ( SELECT sec.school() AS school));
policy alert_events_exchanged permissive for all to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
policy alert_events_for_lookup permissive for select to shaodian_owner using true;
policy alert_events_listed permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (alert_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE (a.school_id = ( SELECT sec.school() AS school))))));
policy alert_events_missed permissive for insert to shaodian_worker with check ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery) AND (person_id IS NULL) AND (kind = ANY (ARRAY['climbed'::text, 'step_missed'::text])));
policy alert_events_raised permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (person_id IS NULL) AND (kind = ANY (ARRAY['raised'::text, 'fresh_emergency'::text, 'raised_higher'::text, 'evidence_attached'::text, 'handed_over'::text])) AND (alert_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE ((a.school_id = ( SELECT sec.school() AS school)) AND (a.pupil_id = ( SELECT sec.evaluated_pupil() AS evaluated_pupil)))))));
policy alert_events_reported permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)) AND (kind = 'reported'::text) AND (alert_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE (a.school_id = ( SELECT sec.school() AS school))))));
policy alert_events_step_done permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)) AND (kind = 'step_done'::text) AND (alert_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE ((a.school_id = ( SELECT sec.school() AS school)) AND ((a.holder_id = ( SELECT sec.uid() AS uid)) OR (a.class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['counsellor'::text, 'lead_counsellor'::text]) AS classes_as)::integer[])) OR ((a.colour = 'red'::text) AND (a.status <> 'closed'::text) AND (NOT a.counsellor_only) AND ( SELECT sec.on_duty('red'::text) AS on_duty))))))));
policy alert_events_with_pupil permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)) AND (kind = 'with_pupil'::text) AND (alert_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE (a.school_id = ( SELECT sec.school() AS school))))));
grant insert, select to shaodian_app;
grant insert (school_id, id, alert_id, grade_id, class_id, counsellor_only, at, kind, colour, step, rung), select (school_id, id, alert_id, note), update (note) to shaodian_worker;

create table app.alert_evidence (
  school_id integer not null
  alert_id uuid not null
  pupil_id uuid not null
  observation_id uuid not null
  attached_at timestamp with time zone not null
  alert_evidence_pkey PRIMARY KEY (school_id, alert_id, observation_id)
  alert_evidence_school_id_alert_id_pupil_id_fkey FOREIGN KEY (school_id, alert_id, pupil_id) REFERENCES app.alerts(school_id, id, pupil_id)
  alert_evidence_school_id_observation_id_pupil_id_fkey FOREIGN KEY (school_id, observation_id, pupil_id) REFERENCES app.observations(school_id, id, pupil_id)
);
CREATE INDEX alert_evidence_observation ON app.alert_evidence USING btree (school_id, observation_id, pupil_id);
CREATE INDEX alert_evidence_pupil ON app.alert_evidence USING btree (school_id, pupil_id);
row security enabled forced;
policy alert_evidence_attached permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (pupil_id = ( SELECT sec.evaluated_pupil() AS evaluated_pupil)));
policy alert_evidence_for_lookup permissive for select to shaodian_owner using true;
policy alert_evidence_read permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (alert_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE (a.school_id = ( SELECT sec.school() AS school))))) AND (observation_id = ANY (ARRAY( SELECT o.id
   FROM app.observations o
  WHERE (o.school_id = ( SELECT sec.school() AS school))))));
grant insert, select to shaodian_app;

-- P3: to close or lower an alert or to clear its guardian lock, by whom, and what the second person said
create table app.alert_proposals (
  school_id integer not null
  id uuid not null
  alert_id uuid not null
  pupil_id uuid not null
  act text not null
  colour_was text not null
  colour text
  outcome text
  words bytea  -- Sealed with the key of the pupil: the reason, and what would make us raise it again
  proposed_by uuid not null
  proposed_at timestamp with time zone not null
  state text not null
  decided_by uuid
  decided_at timestamp with time zone
  agreed_in timestamp with time zone  -- Real time of the transaction that carried it out: only that one may lower the alert
  alert_proposals_pkey PRIMARY KEY (school_id, id)
  alert_proposals_school_id_alert_id_pupil_id_fkey FOREIGN KEY (school_id, alert_id, pupil_id) REFERENCES app.alerts(school_id, id, pupil_id)
  alert_proposals_school_id_decided_by_fkey FOREIGN KEY (school_id, decided_by) REFERENCES app.people(school_id, id)
  alert_proposals_school_id_proposed_by_fkey FOREIGN KEY (school_id, proposed_by) REFERENCES app.people(school_id, id)
  alert_proposals_act_check CHECK ((act = ANY (ARRAY['close'::text, 'lower'::text, 'clear_guardian'::text])))
  alert_proposals_check CHECK (((act = 'lower'::text) = (colour IS NOT NULL)))
  alert_proposals_check1 CHECK (((act = 'close'::text) = (outcome IS NOT NULL)))
  alert_proposals_check2 CHECK (((state = 'open'::text) = (decided_at IS NULL)))
  alert_proposals_check3 CHECK (((state = 'agreed'::text) = (agreed_in IS NOT NULL)))
  alert_proposals_colour_check CHECK ((colour = ANY (ARRAY['blue'::text, 'yellow'::text, 'orange'::text])))
  alert_proposals_colour_was_check CHECK ((colour_was = ANY (ARRAY['blue'::text, 'yellow'::text, 'orange'::text, 'red'::text])))
  alert_proposals_outcome_check CHECK ((outcome = ANY (ARRAY['supported'::text, 'not_confirmed'::text, 'referred'::text, 'moved_to_case'::text, 'mistake'::text])))
  alert_proposals_state_check CHECK ((state = ANY (ARRAY['open'::text, 'agreed'::text, 'declined'::text, 'withdrawn'::text, 'lapsed'::text])))
  alert_proposals_two_people CHECK (((state <> 'agreed'::text) OR ((act <> 'clear_guardian'::text) AND (colour_was = ANY (ARRAY['blue'::text, 'yellow'::text]))) OR ((decided_by IS NOT NULL) AND (decided_by <> proposed_by))))
);
CREATE INDEX alert_proposals_alert ON app.alert_proposals USING btree (school_id, alert_id, pupil_id);
CREATE INDEX alert_proposals_decided_by ON app.alert_proposals USING btree (school_id, decided_by);
CREATE INDEX alert_proposals_proposed_by ON app.alert_proposals USING btree (school_id, proposed_by);
CREATE INDEX alert_proposals_pupil ON app.alert_proposals USING btree (school_id, pupil_id);
CREATE UNIQUE INDEX alert_proposals_one_open ON app.alert_proposals USING btree (school_id, alert_id) WHERE (state = 'open'::text);
row security enabled forced;
policy alert_proposals_decided permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (alert_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE ((a.school_id = ( SELECT sec.school() AS school)) AND (a.status <> 'closed'::text) AND ((a.holder_id = ( SELECT sec.uid() AS uid)) OR (a.class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['counsellor'::text, 'lead_counsellor'::text]) AS classes_as)::integer[])) OR (a.leader_listed AND (NOT a.counsellor_only) AND ( SELECT sec.has_role(VARIADIC ARRAY['school_leader'::text]) AS has_role)) OR ((a.colour = 'red'::text) AND (NOT a.counsellor_only) AND ( SELECT sec.on_duty('red'::text) AS on_duty)))))))) with check ((school_id = ( SELECT sec.school() AS school)) AND (decided_by = ( SELECT sec.uid() AS uid)));
policy alert_proposals_exchanged permissive for all to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
policy alert_proposals_lapsed permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (pupil_id = ( SELECT sec.evaluated_pupil() AS evaluated_pupil))) with check ((school_id = ( SELECT sec.school() AS school)) AND (state = 'lapsed'::text));
policy alert_proposals_listed permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (alert_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE (a.school_id = ( SELECT sec.school() AS school))))));
policy alert_proposals_made permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (proposed_by = ( SELECT sec.uid() AS uid)) AND (decided_by IS NULL) AND (state = ANY (ARRAY['open'::text, 'agreed'::text])) AND (alert_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE ((a.school_id = ( SELECT sec.school() AS school)) AND (a.status <> 'closed'::text) AND ((a.holder_id = ( SELECT sec.uid() AS uid)) OR (a.class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['counsellor'::text, 'lead_counsellor'::text]) AS classes_as)::integer[])) OR ((a.colour = 'red'::text) AND (NOT a.counsellor_only) AND ( SELECT sec.on_duty('red'::text) AS on_duty))))))));
policy alert_proposals_of_delivery permissive for select to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery));
grant insert, select, update (state, decided_by, decided_at, agreed_in) to shaodian_app;
grant select (school_id, id, alert_id, pupil_id, act, words, proposed_by, state), update (words) to shaodian_worker;

-- P3, short: rules, codes and weeks; no reporter, no count, no kind of source
create table app.alert_reasons (
  school_id integer not null
  alert_id uuid not null
  position integer not null
  grade_id integer not null
  class_id integer not null
  counsellor_only boolean not null
  rule text not null
  colour text not null
  tier text not null
  codes text[] not null
  weeks date[] not null
  pupil_id uuid not null
  alert_reasons_pkey PRIMARY KEY (school_id, alert_id, "position")
  alert_reasons_school_id_alert_id_pupil_id_fkey FOREIGN KEY (school_id, alert_id, pupil_id) REFERENCES app.alerts(school_id, id, pupil_id)
  alert_reasons_school_id_class_id_fkey FOREIGN KEY (school_id, class_id) REFERENCES app.classes(school_id, id)
  alert_reasons_school_id_grade_id_fkey FOREIGN KEY (school_id, grade_id) REFERENCES app.grades(school_id, id)
  alert_reasons_colour_check CHECK ((colour = ANY (ARRAY['blue'::text, 'yellow'::text, 'orange'::text, 'red'::text])))
  alert_reasons_tier_check CHECK ((tier = ANY (ARRAY['class'::text, 'grade'::text, 'school'::text])))
);
CREATE INDEX alert_reasons_class ON app.alert_reasons USING btree (school_id, class_id);
CREATE INDEX alert_reasons_grade ON app.alert_reasons USING btree (school_id, grade_id);
CREATE INDEX alert_reasons_pupil ON app.alert_reasons USING btree (school_id, pupil_id, alert_id);
row security enabled forced;
policy alert_reasons_counsellor permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['counsellor'::text, 'lead_counsellor'::text]) AS classes_as)::integer[])));
policy alert_reasons_evaluated permissive for all to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (alert_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE ((a.school_id = ( SELECT sec.school() AS school)) AND (a.pupil_id = ( SELECT sec.evaluated_pupil() AS evaluated_pupil)))))));
policy alert_reasons_excluded restrictive for all to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (pupil_id <> ALL (( SELECT sec.excluded_pupils() AS excluded_pupils)::uuid[])));
policy alert_reasons_glass permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (NOT counsellor_only) AND (pupil_id = ANY (( SELECT sec.glass_pupils() AS glass_pupils)::uuid[])) AND (alert_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE ((a.school_id = ( SELECT sec.school() AS school)) AND a.leader_listed AND (a.pupil_id = ANY (( SELECT sec.glass_pupils() AS glass_pupils)::uuid[])))))));
policy alert_reasons_held permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (alert_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE ((a.school_id = ( SELECT sec.school() AS school)) AND (a.holder_id = ( SELECT sec.uid() AS uid)))))));
policy alert_reasons_red_duty permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (NOT counsellor_only) AND ( SELECT sec.on_duty('red'::text) AS on_duty) AND (alert_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE ((a.school_id = ( SELECT sec.school() AS school)) AND (a.colour = 'red'::text) AND (a.status <> 'closed'::text))))));
policy alert_reasons_short permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['homeroom_teacher'::text, 'grade_head'::text]) AS classes_as)::integer[])) AND (NOT counsellor_only));
grant delete, insert, select to shaodian_app;

-- P2: a call to act on one pupil: urgency (colour), who holds it (tier, holder) and the clock
create table app.alerts (
  school_id integer not null
  id uuid not null
  pupil_id uuid not null
  grade_id integer not null
  class_id integer not null
  colour text not null
  tier text not null
  status text not null
  counsellor_only boolean not null
  guardian_locked boolean not null
  mandatory_report boolean not null
  needs_review text  -- A fault in the alert path or a gap in the roster: a person looks; never silence
  leader_listed boolean not null generated always as (((colour = ANY (ARRAY['orange'::text, 'red'::text])) OR (tier = 'school'::text))) stored
  holder_id uuid
  first_raised_at timestamp with time zone not null  -- Domain time of the first decision; never moves
  raised_at timestamp with time zone not null  -- Domain time at which the acknowledgement clock last started
  ack_clock text not null
  ack_due_at timestamp with time zone not null
  acknowledged_at timestamp with time zone
  acknowledged_by uuid
  next_step text
  note bytea
  version integer not null default 1
  rung text not null default 'school'::text  -- How far it has climbed; the tier, or outside the school
  asked uuid[] not null default '{}'::uuid[]  -- Who was asked since somebody last acknowledged, or since it was raised: nobody twice
  closed_at timestamp with time zone
  closed_by uuid
  outcome text
  alerts_school_id_id_pupil_id_key UNIQUE (school_id, id, pupil_id)
  alerts_pkey PRIMARY KEY (school_id, id)
  alerts_school_id_acknowledged_by_fkey FOREIGN KEY (school_id, acknowledged_by) REFERENCES app.people(school_id, id)
  alerts_school_id_class_id_fkey FOREIGN KEY (school_id, class_id) REFERENCES app.classes(school_id, id)
  alerts_school_id_closed_by_fkey FOREIGN KEY (school_id, closed_by) REFERENCES app.people(school_id, id)
  alerts_school_id_grade_id_fkey FOREIGN KEY (school_id, grade_id) REFERENCES app.grades(school_id, id)
  alerts_school_id_holder_id_fkey FOREIGN KEY (school_id, holder_id) REFERENCES app.people(school_id, id)
  alerts_school_id_pupil_id_fkey FOREIGN KEY (school_id, pupil_id) REFERENCES app.pupils(school_id, id)
  alerts_ack_clock_check CHECK ((ack_clock = ANY (ARRAY['red'::text, 'orange-immediate'::text, 'orange'::text, 'help'::text, 'yellow'::text, 'blue'::text])))
  alerts_check CHECK (((acknowledged_at IS NULL) = (acknowledged_by IS NULL)))
  alerts_check1 CHECK (((holder_id IS NOT NULL) OR (needs_review IS NOT NULL)))
  alerts_colour_check CHECK ((colour = ANY (ARRAY['blue'::text, 'yellow'::text, 'orange'::text, 'red'::text])))
  alerts_needs_review_check CHECK ((needs_review = ANY (ARRAY['no-holder'::text, 'evaluation-failed'::text])))
  alerts_next_step_check CHECK ((next_step = ANY (ARRAY['go_to_pupil'::text, 'call_guardian_or_110'::text, 'talk_today'::text, 'talk_within_three_days'::text, 'hand_to_counsellor'::text, 'other'::text])))
  alerts_outcome_check CHECK ((outcome = ANY (ARRAY['supported'::text, 'not_confirmed'::text, 'referred'::text, 'moved_to_case'::text, 'mistake'::text])))
  alerts_rung_check CHECK ((rung = ANY (ARRAY['class'::text, 'grade'::text, 'school'::text, 'outside'::text])))
  alerts_status_check CHECK ((status = ANY (ARRAY['open'::text, 'acknowledged'::text, 'closed'::text])))
  alerts_tier_check CHECK ((tier = ANY (ARRAY['class'::text, 'grade'::text, 'school'::text])))
);
CREATE INDEX alerts_acknowledged_by ON app.alerts USING btree (school_id, acknowledged_by);
CREATE INDEX alerts_class ON app.alerts USING btree (school_id, class_id, ack_due_at);
CREATE INDEX alerts_closed_by ON app.alerts USING btree (school_id, closed_by);
CREATE INDEX alerts_grade ON app.alerts USING btree (school_id, grade_id);
CREATE INDEX alerts_holder ON app.alerts USING btree (school_id, holder_id);
CREATE INDEX alerts_pupil ON app.alerts USING btree (school_id, pupil_id);
CREATE INDEX alerts_raised ON app.alerts USING btree (school_id, raised_at);
CREATE UNIQUE INDEX alerts_one_open_a_pupil ON app.alerts USING btree (school_id, pupil_id, counsellor_only) WHERE (status <> 'closed'::text);
row security enabled forced;
policy alerts_acted_by_counsellor permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['counsellor'::text, 'lead_counsellor'::text]) AS classes_as)::integer[])));
policy alerts_acted_by_holder permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (holder_id = ( SELECT sec.uid() AS uid)));
policy alerts_acted_on_red_duty permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (colour = 'red'::text) AND (status <> 'closed'::text) AND (NOT counsellor_only) AND ( SELECT sec.on_duty('red'::text) AS on_duty));
policy alerts_climbed permissive for update to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery));
policy alerts_counsellor permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['counsellor'::text, 'lead_counsellor'::text]) AS classes_as)::integer[])));
policy alerts_erased permissive for all to shaodian_owner using (school_id = ( SELECT sec.school() AS school));
policy alerts_evaluated permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (pupil_id = ( SELECT sec.evaluated_pupil() AS evaluated_pupil)));
policy alerts_exchanged permissive for all to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
policy alerts_excluded restrictive for all to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (pupil_id <> ALL (( SELECT sec.excluded_pupils() AS excluded_pupils)::uuid[])));
policy alerts_held permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (holder_id = ( SELECT sec.uid() AS uid)));
policy alerts_judged permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (pupil_id = ( SELECT sec.evaluated_pupil() AS evaluated_pupil)));
policy alerts_leader permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND leader_listed AND (NOT counsellor_only) AND ( SELECT sec.has_role(VARIADIC ARRAY['school_leader'::text]) AS has_role));
policy alerts_listed permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['homeroom_teacher'::text, 'grade_head'::text]) AS classes_as)::integer[])) AND (NOT counsellor_only));
policy alerts_of_delivery permissive for select to shaodian_worker using (school_id = ( SELECT sec.school() AS school));
policy alerts_raised permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (pupil_id = ( SELECT sec.evaluated_pupil() AS evaluated_pupil)));
policy alerts_red_duty permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (colour = 'red'::text) AND (status <> 'closed'::text) AND (NOT counsellor_only) AND ( SELECT sec.on_duty('red'::text) AS on_duty));
grant insert, select, update (colour, tier, status, counsellor_only, guardian_locked, mandatory_report, needs_review, holder_id, raised_at, ack_clock, ack_due_at, acknowledged_at, acknowledged_by, next_step, note, version, rung, asked, closed_at, closed_by, outcome) to shaodian_app;
grant select (school_id, id, pupil_id, grade_id, class_id, colour, tier, status, counsellor_only, guardian_locked, mandatory_report, needs_review, leader_listed, holder_id, raised_at, ack_clock, ack_due_at, acknowledged_at, note, version, rung, asked), update (tier, needs_review, holder_id, ack_due_at, note, version, rung, asked) to shaodian_worker;
CREATE TRIGGER alerts_lowered BEFORE UPDATE ON app.alerts FOR EACH ROW EXECUTE FUNCTION sec.refuse_lone_lowering();
CREATE TRIGGER alerts_told AFTER INSERT OR UPDATE ON app.alerts FOR EACH ROW EXECUTE FUNCTION sec.tell_alert_changed();

-- Signed (Ed25519) ends of the chain, also kept in a file and with a witness outside
create table app.audit_checkpoints (
  school_id integer not null
  seq bigint not null
  hash text not null
  at timestamp with time zone not null
  key_id text not null
  signature text not null
  filed boolean not null default false
  witnessed boolean not null default false
  audit_checkpoints_pkey PRIMARY KEY (school_id, seq)
  audit_checkpoints_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  audit_checkpoints_hash_check CHECK ((hash ~ '^[0-9a-f]{64}$'::text))
  audit_checkpoints_key_id_check CHECK ((key_id ~ '^[A-Za-z0-9_-]{8,64}$'::text))
  audit_checkpoints_signature_check CHECK ((signature ~ '^[A-Za-z0-9_-]{86}$'::text))
);
row security enabled forced;
policy audit_checkpoints_delivered permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
policy audit_checkpoints_of_officer permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['data_protection_officer'::text]) AS has_role));
policy audit_checkpoints_signed permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
policy audit_checkpoints_system permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
grant insert, select, update (filed, witnessed) to shaodian_app;

-- P2: the chain. No content; pupils as pseudonyms; hash = SHA-256(hash before | entry | mac), mac = HMAC(school key outside the database, hash before | entry)
create table app.audit_entries (
  school_id integer not null
  seq bigint not null
  at timestamp with time zone not null  -- Security time, always real
  person_id uuid
  mark text  -- A pupil who acted, as their reporter mark: the chain must not give away who reported
  action text not null
  kind text not null
  area text not null
  code text not null default ''::text
  why text not null default ''::text  -- The reason for which they might: role and scope, holder, duty
  purpose text not null default ''::text
  resource text not null default ''::text
  subjects text[] not null default '{}'::text[]  -- Pseudonyms of the pupils concerned: HMAC(school key outside the database, pupil)
  hash text not null
  mac text not null
  audit_entries_pkey PRIMARY KEY (school_id, seq)
  audit_entries_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  audit_entries_action_check CHECK ((action ~ '^[a-z][a-z0-9.-]{2,63}$'::text))
  audit_entries_area_check CHECK ((area = ANY (ARRAY['session'::text, 'system'::text, 'wellbeing'::text])))
  audit_entries_check CHECK (((person_id IS NULL) OR (mark IS NULL)))
  audit_entries_code_check CHECK ((code ~ '^[a-z0-9.-]{0,64}$'::text))
  audit_entries_hash_check CHECK ((hash ~ '^[0-9a-f]{64}$'::text))
  audit_entries_kind_check CHECK ((kind = ANY (ARRAY['read'::text, 'act'::text, 'denial'::text])))
  audit_entries_mac_check CHECK ((mac ~ '^[0-9a-f]{64}$'::text))
  audit_entries_mark_check CHECK ((mark ~ '^[A-Za-z0-9_-]{20,64}$'::text))
  audit_entries_purpose_check CHECK ((purpose ~ '^[a-z_]{0,40}$'::text))
  audit_entries_resource_check CHECK ((resource ~ '^[A-Za-z0-9 _:/{}.*-]{0,120}$'::text))
  audit_entries_seq_check CHECK ((seq > 0))
  audit_entries_why_check CHECK ((why ~ '^[a-z0-9_:-]{0,80}$'::text))
);
CREATE INDEX audit_entries_area ON app.audit_entries USING btree (school_id, area, seq);
CREATE INDEX audit_entries_kind ON app.audit_entries USING btree (school_id, kind, seq);
CREATE INDEX audit_entries_mark ON app.audit_entries USING btree (school_id, mark, seq);
CREATE INDEX audit_entries_person ON app.audit_entries USING btree (school_id, person_id, seq);
row security enabled forced;
policy audit_entries_appended permissive for insert to shaodian_audit_writer with check (school_id = ( SELECT sec.school() AS school));
policy audit_entries_of_administrator permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (area = 'system'::text) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text]) AS has_role));
policy audit_entries_of_lead permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (kind = 'read'::text) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text]) AS has_role));
policy audit_entries_of_officer permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['data_protection_officer'::text]) AS has_role));
policy audit_entries_own permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)));
policy audit_entries_own_mark permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (mark = ( SELECT sec.mark() AS mark)));
policy audit_entries_read_back permissive for select to shaodian_audit_writer using (school_id = ( SELECT sec.school() AS school));
policy audit_entries_verified permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
grant select to shaodian_app;
grant insert, select to shaodian_audit_writer;

-- Where the chain of a school ends; locked for the last moment of each recorded transaction
create table app.audit_heads (
  school_id integer not null
  seq bigint not null
  hash text not null
  audit_heads_pkey PRIMARY KEY (school_id)
  audit_heads_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  audit_heads_hash_check CHECK ((hash ~ '^[0-9a-f]{64}$'::text))
  audit_heads_seq_check CHECK ((seq >= 0))
);
row security enabled forced;
policy audit_heads_moved permissive for all to shaodian_audit_writer using (school_id = ( SELECT sec.school() AS school));
policy audit_heads_of_officer permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['data_protection_officer'::text]) AS has_role));
policy audit_heads_seen permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
grant select to shaodian_app;
grant insert, select, update to shaodian_audit_writer;

-- Index of subjects, for the question who opened a pupil's pages; read by functions of schema sec and by the verifier
create table app.audit_subjects (
  school_id integer not null
  subject text not null
  seq bigint not null
  audit_subjects_pkey PRIMARY KEY (school_id, subject, seq)
  audit_subjects_school_id_seq_fkey FOREIGN KEY (school_id, seq) REFERENCES app.audit_entries(school_id, seq)
);
CREATE INDEX audit_subjects_entry ON app.audit_subjects USING btree (school_id, seq);
row security enabled forced;
policy audit_subjects_appended permissive for insert to shaodian_audit_writer with check (school_id = ( SELECT sec.school() AS school));
policy audit_subjects_read_back permissive for select to shaodian_audit_writer using (school_id = ( SELECT sec.school() AS school));
policy audit_subjects_verified permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
grant select to shaodian_app;
grant insert, select to shaodian_audit_writer;

-- P3: who opened what is closed to them about one pupil, for which kind of need, and why in their own words (encrypted)
create table app.break_glass (
  school_id integer not null
  id uuid not null
  pupil_id uuid not null
  person_id uuid not null
  category text not null
  reason bytea not null
  opened_at timestamp(3) with time zone not null default statement_timestamp()  -- Security time, as everything here: always real; to the millisecond, as cursors count
  expires_at timestamp(3) with time zone not null default (statement_timestamp() + '00:30:00'::interval)
  ended_at timestamp with time zone  -- When the person ended it before its time
  review_due_at timestamp with time zone not null  -- By when somebody else must have judged it: two working days of the school
  break_glass_school_id_id_pupil_id_key UNIQUE (school_id, id, pupil_id)
  break_glass_pkey PRIMARY KEY (school_id, id)
  break_glass_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  break_glass_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES app.people(school_id, id)
  break_glass_school_id_pupil_id_fkey FOREIGN KEY (school_id, pupil_id) REFERENCES app.pupils(school_id, id)
  break_glass_category_check CHECK ((category = ANY (ARRAY['danger_now'::text, 'missing_pupil'::text, 'outside_help'::text, 'official_request'::text, 'other'::text])))
  break_glass_check CHECK ((expires_at <= (opened_at + '00:30:00'::interval)))
  break_glass_check1 CHECK (((review_due_at > opened_at) AND (review_due_at <= (opened_at + '16 days'::interval))))
);
CREATE INDEX break_glass_opened ON app.break_glass USING btree (school_id, opened_at DESC, id);
CREATE INDEX break_glass_person ON app.break_glass USING btree (school_id, person_id, expires_at);
CREATE INDEX break_glass_pupil ON app.break_glass USING btree (school_id, pupil_id);
row security enabled forced;
policy break_glass_ended permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)) AND (ended_at IS NULL)) with check ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)) AND (ended_at IS NOT NULL));
policy break_glass_exchanged permissive for update to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
policy break_glass_excluded restrictive for all to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (pupil_id <> ALL (( SELECT sec.excluded_pupils() AS excluded_pupils)::uuid[])));
policy break_glass_for_lookup permissive for select to shaodian_owner using true;
policy break_glass_of_delivery permissive for select to shaodian_worker using (school_id = ( SELECT sec.school() AS school));
policy break_glass_opened permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)) AND (( SELECT sec.purpose() AS purpose) = 'break_glass'::text) AND ( SELECT sec.has_role(VARIADIC ARRAY['school_leader'::text]) AS has_role) AND (pupil_id = ANY (ARRAY( SELECT a.pupil_id
   FROM app.alerts a
  WHERE ((a.school_id = ( SELECT sec.school() AS school)) AND a.leader_listed AND (NOT a.counsellor_only))))));
policy break_glass_overseen permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'data_protection_officer'::text]) AS has_role));
policy break_glass_own permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)));
grant insert (school_id, id, pupil_id, person_id, category, reason, review_due_at), select, update (ended_at) to shaodian_app;
grant select (school_id, id, pupil_id, reason), update (reason) to shaodian_worker;

-- P3: what somebody else found of it; only ever added to, the newest counts
create table app.break_glass_reviews (
  school_id integer not null
  id uuid not null
  glass_id uuid not null
  pupil_id uuid not null
  reviewer_id uuid not null
  verdict text not null
  note bytea  -- Words, encrypted
  reviewed_at timestamp with time zone not null default statement_timestamp()  -- Security time
  break_glass_reviews_pkey PRIMARY KEY (school_id, id)
  break_glass_reviews_school_id_glass_id_pupil_id_fkey FOREIGN KEY (school_id, glass_id, pupil_id) REFERENCES app.break_glass(school_id, id, pupil_id)
  break_glass_reviews_school_id_reviewer_id_fkey FOREIGN KEY (school_id, reviewer_id) REFERENCES app.people(school_id, id)
  break_glass_reviews_verdict_check CHECK ((verdict = ANY (ARRAY['justified'::text, 'not_justified'::text, 'needs_talk'::text])))
);
CREATE INDEX break_glass_reviews_glass ON app.break_glass_reviews USING btree (school_id, glass_id, pupil_id);
CREATE INDEX break_glass_reviews_reviewer ON app.break_glass_reviews USING btree (school_id, reviewer_id);
row security enabled forced;
policy break_glass_reviews_exchanged permissive for all to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
policy break_glass_reviews_excluded restrictive for all to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (pupil_id <> ALL (( SELECT sec.excluded_pupils() AS excluded_pupils)::uuid[])));
policy break_glass_reviews_made permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (reviewer_id = ( SELECT sec.uid() AS uid)) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'data_protection_officer'::text]) AS has_role) AND (glass_id = ANY (ARRAY( SELECT g.id
   FROM app.break_glass g
  WHERE ((g.school_id = ( SELECT sec.school() AS school)) AND (g.person_id <> ( SELECT sec.uid() AS uid)))))));
policy break_glass_reviews_read permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'data_protection_officer'::text]) AS has_role));
grant insert (school_id, id, glass_id, pupil_id, reviewer_id, verdict, note), select to shaodian_app;
grant select (school_id, id, pupil_id, note), update (note) to shaodian_worker;

-- Exceptions to Monday to Friday within a term: holidays, and make-up days at weekends
create table app.calendar_days (
  school_id integer not null
  day date not null
  kind text not null
  label text not null default ''::text
  calendar_days_pkey PRIMARY KEY (school_id, day)
  calendar_days_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  calendar_days_kind_check CHECK ((kind = ANY (ARRAY['holiday'::text, 'school_day'::text])))
);
row security enabled forced;
policy calendar_days_changed permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'school_leader'::text, 'administrator'::text]) AS has_role));
policy calendar_days_created permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'school_leader'::text, 'administrator'::text]) AS has_role));
policy calendar_days_removed permissive for delete to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'school_leader'::text, 'administrator'::text]) AS has_role));
policy calendar_of_delivery permissive for select to shaodian_worker using (school_id = ( SELECT sec.school() AS school));
policy calendar_of_school permissive for select to shaodian_app using (school_id = ( SELECT sec.school() AS school));
grant delete, insert, select, update (kind, label) to shaodian_app;
grant select (school_id, day, kind) to shaodian_worker;

-- How a school is reached outside the program; no wellbeing content goes through any
create table app.channels (
  school_id integer not null
  id uuid not null
  kind text not null
  name text not null
  kek_id text not null
  config bytea not null  -- Addresses and secrets, sealed with the school key
  enabled boolean not null default true
  version integer not null default 1
  created_at timestamp with time zone not null default statement_timestamp()
  created_by uuid not null
  last_ok_at timestamp with time zone
  last_fault text
  last_fault_at timestamp with time zone
  channels_pkey PRIMARY KEY (school_id, id)
  channels_school_id_created_by_fkey FOREIGN KEY (school_id, created_by) REFERENCES app.people(school_id, id)
  channels_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  channels_kind_check CHECK ((kind = ANY (ARRAY['email'::text, 'wecom'::text, 'dingtalk'::text, 'feishu'::text, 'ringing'::text, 'webhook'::text])))
  channels_last_fault_check CHECK ((length(last_fault) <= 40))
  channels_name_check CHECK (((length(name) >= 1) AND (length(name) <= 60)))
);
CREATE INDEX channels_created_by ON app.channels USING btree (school_id, created_by);
row security enabled forced;
policy channels_changed permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text, 'lead_counsellor'::text]) AS has_role));
policy channels_exchanged permissive for all to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
policy channels_for_lookup permissive for select to shaodian_owner using true;
policy channels_made permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (created_by = ( SELECT sec.uid() AS uid)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text, 'lead_counsellor'::text]) AS has_role));
policy channels_of_delivery permissive for select to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery));
policy channels_read permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text, 'lead_counsellor'::text]) AS has_role));
policy channels_settled permissive for update to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery));
grant insert (school_id, id, kind, name, kek_id, config, created_by), select, update (name, enabled, version, last_ok_at, last_fault, last_fault_at) to shaodian_app;
grant select, update (kek_id, config, last_ok_at, last_fault, last_fault_at) to shaodian_worker;

create table app.classes (
  school_id integer not null
  id integer not null generated always as identity
  grade_id integer not null
  number integer not null
  name text not null
  classes_school_id_grade_id_number_key UNIQUE (school_id, grade_id, number)
  classes_pkey PRIMARY KEY (school_id, id)
  classes_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  classes_school_id_grade_id_fkey FOREIGN KEY (school_id, grade_id) REFERENCES app.grades(school_id, id)
  classes_number_check CHECK (((number >= 1) AND (number <= 99)))
);
row security enabled forced;
policy classes_by_administrator permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text]) AS has_role));
policy classes_for_lookup permissive for select to shaodian_owner using true;
policy classes_of_school permissive for select to shaodian_app using (school_id = ( SELECT sec.school() AS school));
grant insert, select to shaodian_app;

-- P2: a call to act on several pupils together: where, how many, who holds it and until when; no pupil
create table app.cluster_alerts (
  school_id integer not null
  id uuid not null
  subject text not null
  class_id integer
  grade_id integer
  colour text not null
  status text not null
  counsellor_only boolean not null
  pupil_count integer not null
  seen_from date not null  -- First day of the signs that count
  seen_to date not null
  holder_id uuid
  rung text not null
  asked uuid[] not null  -- Who was asked since somebody last acknowledged, or since it was raised: nobody twice
  first_raised_at timestamp with time zone not null
  raised_at timestamp with time zone not null  -- Domain time at which the acknowledgement clock last started
  ack_due_at timestamp with time zone not null
  acknowledged_at timestamp with time zone
  acknowledged_by uuid
  meeting_due_at timestamp with time zone not null  -- Domain time by which those who work with the pupils have met; later by each miss
  met_at timestamp with time zone  -- When somebody recorded that the meeting was held
  met_by uuid
  missed integer not null default 0  -- How often a clock was missed
  version integer not null default 1
  cluster_alerts_pkey PRIMARY KEY (school_id, id)
  cluster_alerts_school_id_acknowledged_by_fkey FOREIGN KEY (school_id, acknowledged_by) REFERENCES app.people(school_id, id)
  cluster_alerts_school_id_class_id_fkey FOREIGN KEY (school_id, class_id) REFERENCES app.classes(school_id, id)
  cluster_alerts_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  cluster_alerts_school_id_grade_id_fkey FOREIGN KEY (school_id, grade_id) REFERENCES app.grades(school_id, id)
  cluster_alerts_school_id_holder_id_fkey FOREIGN KEY (school_id, holder_id) REFERENCES app.people(school_id, id)
  cluster_alerts_school_id_met_by_fkey FOREIGN KEY (school_id, met_by) REFERENCES app.people(school_id, id)
  cluster_alerts_check CHECK ((seen_to >= seen_from))
  cluster_alerts_check1 CHECK (((subject = 'class'::text) = (class_id IS NOT NULL)))
  cluster_alerts_check2 CHECK (((subject = 'school'::text) = (grade_id IS NULL)))
  cluster_alerts_check3 CHECK (((acknowledged_at IS NULL) = (acknowledged_by IS NULL)))
  cluster_alerts_check4 CHECK (((met_at IS NULL) = (met_by IS NULL)))
  cluster_alerts_colour_check CHECK ((colour = ANY (ARRAY['blue'::text, 'yellow'::text, 'orange'::text, 'red'::text])))
  cluster_alerts_pupil_count_check CHECK ((pupil_count >= 2))
  cluster_alerts_rung_check CHECK ((rung = ANY (ARRAY['class'::text, 'grade'::text, 'school'::text, 'outside'::text])))
  cluster_alerts_status_check CHECK ((status = ANY (ARRAY['open'::text, 'acknowledged'::text, 'closed'::text])))
  cluster_alerts_subject_check CHECK ((subject = ANY (ARRAY['class'::text, 'grade'::text, 'school'::text])))
);
CREATE INDEX cluster_alerts_ack_due ON app.cluster_alerts USING btree (ack_due_at) WHERE (status = 'open'::text);
CREATE INDEX cluster_alerts_acknowledged_by ON app.cluster_alerts USING btree (school_id, acknowledged_by);
CREATE INDEX cluster_alerts_class ON app.cluster_alerts USING btree (school_id, class_id);
CREATE INDEX cluster_alerts_grade ON app.cluster_alerts USING btree (school_id, grade_id);
CREATE INDEX cluster_alerts_holder ON app.cluster_alerts USING btree (school_id, holder_id);
CREATE INDEX cluster_alerts_meeting_due ON app.cluster_alerts USING btree (meeting_due_at) WHERE ((met_at IS NULL) AND (status <> 'closed'::text));
CREATE INDEX cluster_alerts_met_by ON app.cluster_alerts USING btree (school_id, met_by);
CREATE UNIQUE INDEX cluster_alerts_one_open ON app.cluster_alerts USING btree (school_id, class_id, grade_id, counsellor_only) NULLS NOT DISTINCT WHERE (status <> 'closed'::text);
row security enabled forced;
policy cluster_alerts_acted_by_counsellor permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['counsellor'::text, 'lead_counsellor'::text]) AS has_role));
policy cluster_alerts_acted_by_holder permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (holder_id = ( SELECT sec.uid() AS uid)));
policy cluster_alerts_climbed permissive for update to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery));
policy cluster_alerts_counsellor permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['counsellor'::text, 'lead_counsellor'::text]) AS has_role));
policy cluster_alerts_evaluated permissive for all to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (( SELECT sec.evaluated_pupil() AS evaluated_pupil) IS NOT NULL));
policy cluster_alerts_excluded restrictive for all to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (id <> ALL (( SELECT sec.clusters_kept_from() AS clusters_kept_from)::uuid[])));
policy cluster_alerts_for_lookup permissive for select to shaodian_owner using true;
policy cluster_alerts_grade_head permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (NOT counsellor_only) AND (grade_id = ANY (ARRAY( SELECT c.grade_id
   FROM app.classes c
  WHERE ((c.school_id = ( SELECT sec.school() AS school)) AND (c.id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['grade_head'::text]) AS classes_as)::integer[])))))));
policy cluster_alerts_held permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (holder_id = ( SELECT sec.uid() AS uid)));
policy cluster_alerts_leader permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (NOT counsellor_only) AND ( SELECT sec.has_role(VARIADIC ARRAY['school_leader'::text]) AS has_role));
policy cluster_alerts_of_delivery permissive for select to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery));
grant insert, select, update (status, pupil_count, seen_from, seen_to, holder_id, rung, asked, raised_at, ack_due_at, acknowledged_at, acknowledged_by, meeting_due_at, met_at, met_by, version) to shaodian_app;
grant select, update (holder_id, rung, asked, ack_due_at, meeting_due_at, missed, version) to shaodian_worker;

-- P3: whose signs a cluster stands on; for counsellors alone
create table app.cluster_members (
  school_id integer not null
  cluster_id uuid not null
  pupil_id uuid not null
  joined_at timestamp with time zone not null
  cluster_members_pkey PRIMARY KEY (school_id, cluster_id, pupil_id)
  cluster_members_school_id_cluster_id_fkey FOREIGN KEY (school_id, cluster_id) REFERENCES app.cluster_alerts(school_id, id)
  cluster_members_school_id_pupil_id_fkey FOREIGN KEY (school_id, pupil_id) REFERENCES app.pupils(school_id, id)
);
CREATE INDEX cluster_members_pupil ON app.cluster_members USING btree (school_id, pupil_id);
row security enabled forced;
policy cluster_members_counsellor permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['counsellor'::text, 'lead_counsellor'::text]) AS has_role));
policy cluster_members_evaluated permissive for all to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (( SELECT sec.evaluated_pupil() AS evaluated_pupil) IS NOT NULL));
policy cluster_members_excluded restrictive for all to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (cluster_id <> ALL (( SELECT sec.clusters_kept_from() AS clusters_kept_from)::uuid[])));
policy cluster_members_for_lookup permissive for select to shaodian_owner using true;
policy cluster_members_of_delivery permissive for select to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery));
grant insert, select to shaodian_app;
grant select to shaodian_worker;

create table app.committee_seats (
  school_id integer not null
  id uuid not null
  class_id integer not null
  grade_id integer not null
  seat text not null  -- A is the girl, B the boy
  person_id uuid not null
  starts_on date not null
  ends_on date
  committee_seats_pkey PRIMARY KEY (school_id, id)
  committee_seats_school_id_class_id_fkey FOREIGN KEY (school_id, class_id) REFERENCES app.classes(school_id, id)
  committee_seats_school_id_grade_id_fkey FOREIGN KEY (school_id, grade_id) REFERENCES app.grades(school_id, id)
  committee_seats_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES app.people(school_id, id)
  committee_seats_seat_check CHECK ((seat = ANY (ARRAY['A'::text, 'B'::text])))
);
CREATE INDEX committee_seats_class ON app.committee_seats USING btree (school_id, class_id);
CREATE INDEX committee_seats_grade ON app.committee_seats USING btree (school_id, grade_id);
CREATE INDEX committee_seats_person ON app.committee_seats USING btree (school_id, person_id);
CREATE UNIQUE INDEX committee_seats_one_holder ON app.committee_seats USING btree (school_id, class_id, seat) WHERE (ends_on IS NULL);
row security enabled forced;
policy committee_seats_administered permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text]) AS has_role));
policy committee_seats_approved permissive for insert to shaodian_owner with check (school_id = ( SELECT sec.school() AS school));
policy committee_seats_erased permissive for update to shaodian_owner using (school_id = ( SELECT sec.school() AS school));
policy committee_seats_for_lookup permissive for select to shaodian_owner using true;
policy committee_seats_own permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)));
policy committee_seats_read permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['homeroom_teacher'::text, 'grade_head'::text, 'counsellor'::text, 'lead_counsellor'::text, 'school_leader'::text]) AS classes_as)::integer[])));
grant select to shaodian_app;

-- P2: where a member of staff is reached; set and proven by that person
create table app.contact_points (
  school_id integer not null
  id uuid not null
  person_id uuid not null
  kind text not null
  address text not null
  proof_sha256 bytea
  proof_expires_at timestamp with time zone
  proof_attempts integer not null default 0
  proven_at timestamp with time zone  -- When a code that was sent there was entered
  contact_points_school_id_person_id_kind_key UNIQUE (school_id, person_id, kind)
  contact_points_pkey PRIMARY KEY (school_id, id)
  contact_points_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES app.people(school_id, id)
  contact_points_address_check CHECK (((length(address) >= 3) AND (length(address) <= 254)))
  contact_points_kind_check CHECK ((kind = ANY (ARRAY['email'::text, 'phone'::text])))
);
row security enabled forced;
policy contact_points_listed permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text, 'lead_counsellor'::text]) AS has_role));
policy contact_points_of_delivery permissive for select to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery));
policy contact_points_own permissive for all to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)));
grant delete, insert, select, update (address, proof_sha256, proof_expires_at, proof_attempts, proven_at) to shaodian_app;
grant select (school_id, person_id, kind, address, proven_at) to shaodian_worker;

-- A data key per pupil, report, case and import, wrapped by the school key that lives outside the database; erasing is deleting the rows
create table app.data_keys (
  school_id integer not null
  id uuid not null
  subject_kind text not null
  subject_id uuid not null
  kek_id text not null  -- The generation of the school key that wraps it: kek/generation/school
  wrapped bytea not null
  made_at timestamp with time zone not null default statement_timestamp()  -- Security time
  retired_at timestamp with time zone  -- Security time at which another key took its place; opens what was read before, seals nothing
  data_keys_pkey PRIMARY KEY (school_id, id)
  data_keys_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  data_keys_subject_kind_check CHECK ((subject_kind = ANY (ARRAY['pupil'::text, 'report'::text, 'case'::text, 'roster_import'::text])))
);
CREATE INDEX data_keys_kek ON app.data_keys USING btree (school_id, kek_id);
CREATE INDEX data_keys_retired ON app.data_keys USING btree (school_id, retired_at) WHERE (retired_at IS NOT NULL);
CREATE INDEX data_keys_subject ON app.data_keys USING btree (school_id, subject_kind, subject_id);
CREATE UNIQUE INDEX data_keys_current ON app.data_keys USING btree (school_id, subject_kind, subject_id) WHERE (retired_at IS NULL);
row security enabled forced;
policy data_keys_created permissive for insert to shaodian_app with check (school_id = ( SELECT sec.school() AS school));
policy data_keys_erased permissive for all to shaodian_owner using (school_id = ( SELECT sec.school() AS school));
policy data_keys_exchange_dropped permissive for delete to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system) AND (retired_at IS NOT NULL));
policy data_keys_exchange_made permissive for insert to shaodian_worker with check ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
policy data_keys_exchange_read permissive for select to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
policy data_keys_exchange_retired permissive for update to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
policy data_keys_of_school permissive for select to shaodian_app using (school_id = ( SELECT sec.school() AS school));
grant insert (school_id, id, subject_kind, subject_id, kek_id, wrapped), select to shaodian_app;
grant delete, insert, select, update (kek_id, wrapped, retired_at) to shaodian_worker;

-- Who was asked in a drill, when, and when they answered; domain time
create table app.drill_calls (
  school_id integer not null
  id uuid not null
  drill_id uuid not null
  position integer not null
  person_id uuid
  outside_id uuid
  asked_at timestamp with time zone not null
  answered_at timestamp with time zone
  drill_calls_school_id_drill_id_person_id_key UNIQUE (school_id, drill_id, person_id)
  drill_calls_school_id_drill_id_position_key UNIQUE (school_id, drill_id, "position")
  drill_calls_pkey PRIMARY KEY (school_id, id)
  drill_calls_school_id_drill_id_fkey FOREIGN KEY (school_id, drill_id) REFERENCES app.drills(school_id, id)
  drill_calls_school_id_outside_id_fkey FOREIGN KEY (school_id, outside_id) REFERENCES app.outside_contacts(school_id, id)
  drill_calls_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES app.people(school_id, id)
  drill_calls_check CHECK (((person_id IS NULL) <> (outside_id IS NULL)))
);
CREATE INDEX drill_calls_outside ON app.drill_calls USING btree (school_id, outside_id);
CREATE INDEX drill_calls_person ON app.drill_calls USING btree (school_id, person_id);
row security enabled forced;
policy drill_calls_answered permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)));
policy drill_calls_made permissive for insert to shaodian_worker with check ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery));
policy drill_calls_of_delivery permissive for select to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery));
policy drill_calls_own permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)));
policy drill_calls_read permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'school_leader'::text, 'administrator'::text]) AS has_role));
grant select, update (answered_at) to shaodian_app;
grant insert, select to shaodian_worker;

-- A red alert about nobody, run through everybody who would be asked
create table app.drills (
  school_id integer not null
  id uuid not null
  started_by uuid not null
  started_at timestamp with time zone not null
  every_minutes integer not null
  with_outside boolean not null
  rung text not null default 'school'::text
  asked uuid[] not null default '{}'::uuid[]
  next_at timestamp with time zone  -- Domain time at which the next one is asked; null when it is over
  finished_at timestamp with time zone
  stopped_at timestamp with time zone
  stopped_by uuid
  drills_pkey PRIMARY KEY (school_id, id)
  drills_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  drills_school_id_started_by_fkey FOREIGN KEY (school_id, started_by) REFERENCES app.people(school_id, id)
  drills_school_id_stopped_by_fkey FOREIGN KEY (school_id, stopped_by) REFERENCES app.people(school_id, id)
  drills_check CHECK (((stopped_at IS NULL) = (stopped_by IS NULL)))
  drills_check1 CHECK (((next_at IS NULL) = ((finished_at IS NOT NULL) OR (stopped_at IS NOT NULL))))
  drills_every_minutes_check CHECK ((every_minutes = ANY (ARRAY[1, 2, 5, 10])))
  drills_rung_check CHECK ((rung = ANY (ARRAY['school'::text, 'outside'::text])))
);
CREATE INDEX drills_due ON app.drills USING btree (next_at) WHERE (next_at IS NOT NULL);
CREATE INDEX drills_started_by ON app.drills USING btree (school_id, started_by);
CREATE INDEX drills_stopped_by ON app.drills USING btree (school_id, stopped_by);
CREATE UNIQUE INDEX drills_one_runs ON app.drills USING btree (school_id) WHERE (next_at IS NOT NULL);
row security enabled forced;
policy drills_carried permissive for update to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery));
policy drills_for_lookup permissive for select to shaodian_owner using true;
policy drills_of_delivery permissive for select to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery));
policy drills_read permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'school_leader'::text, 'administrator'::text]) AS has_role));
policy drills_started permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (started_by = ( SELECT sec.uid() AS uid)) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'school_leader'::text]) AS has_role));
policy drills_stopped permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'school_leader'::text]) AS has_role));
grant insert (school_id, id, started_by, started_at, every_minutes, with_outside, next_at), select, update (next_at, stopped_at, stopped_by) to shaodian_app;
grant select, update (rung, asked, next_at, finished_at) to shaodian_worker;

create table app.duty_slots (
  school_id integer not null
  id uuid not null
  duty text not null
  position integer not null  -- Order in which the list is walked
  person_id uuid not null
  phone text
  starts_at timestamp with time zone not null
  ends_at timestamp with time zone
  covers uuid  -- The slot of somebody else that this one takes over, for its time
  version integer not null default 1
  duty_slots_pkey PRIMARY KEY (school_id, id)
  duty_slots_school_id_covers_fkey FOREIGN KEY (school_id, covers) REFERENCES app.duty_slots(school_id, id)
  duty_slots_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  duty_slots_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES app.people(school_id, id)
  duty_slots_duty_check CHECK ((duty = ANY (ARRAY['red'::text, 'counsellor'::text])))
  duty_slots_phone_check CHECK ((length(phone) <= 32))
  duty_slots_position_check CHECK ((("position" >= 1) AND ("position" <= 20)))
);
CREATE INDEX duty_slots_covers ON app.duty_slots USING btree (school_id, covers);
CREATE INDEX duty_slots_duty ON app.duty_slots USING btree (school_id, duty, "position");
CREATE INDEX duty_slots_person ON app.duty_slots USING btree (school_id, person_id);
row security enabled forced;
policy duty_slots_changed permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'school_leader'::text, 'administrator'::text]) AS has_role));
policy duty_slots_created permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'school_leader'::text]) AS has_role));
policy duty_slots_evaluated permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT (sec.evaluated_pupil() IS NOT NULL)));
policy duty_slots_for_lookup permissive for select to shaodian_owner using true;
policy duty_slots_founded permissive for insert to shaodian_owner with check true;
policy duty_slots_of_delivery permissive for select to shaodian_worker using (school_id = ( SELECT sec.school() AS school));
policy duty_slots_own permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)));
policy duty_slots_own_changed permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)) AND ( SELECT sec.has_role(VARIADIC ARRAY['counsellor'::text]) AS has_role));
policy duty_slots_read permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['grade_head'::text, 'counsellor'::text, 'lead_counsellor'::text, 'school_leader'::text, 'administrator'::text, 'data_protection_officer'::text]) AS has_role));
grant insert, select, update (position, ends_at, version) to shaodian_app;
grant select (school_id, duty, position, person_id, starts_at, ends_at) to shaodian_worker;

-- P2: that a pupil is to be erased, or was: asked by one person and approved by another
create table app.erasures (
  school_id integer not null
  id uuid not null
  pupil_id uuid not null
  reason text not null
  requested_by uuid not null
  requested_at timestamp with time zone not null default statement_timestamp()  -- Security time
  approved_by uuid
  approved_at timestamp with time zone  -- Security time
  erasures_school_id_pupil_id_key UNIQUE (school_id, pupil_id)
  erasures_pkey PRIMARY KEY (school_id, id)
  erasures_school_id_approved_by_fkey FOREIGN KEY (school_id, approved_by) REFERENCES app.people(school_id, id)
  erasures_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  erasures_school_id_pupil_id_fkey FOREIGN KEY (school_id, pupil_id) REFERENCES app.pupils(school_id, id)
  erasures_school_id_requested_by_fkey FOREIGN KEY (school_id, requested_by) REFERENCES app.people(school_id, id)
  erasures_check CHECK (((approved_by IS NULL) OR (approved_at IS NOT NULL)))
  erasures_check1 CHECK ((approved_by <> requested_by))
  erasures_reason_check CHECK ((reason = ANY (ARRAY['left_school'::text, 'guardian_request'::text, 'pupil_request'::text, 'retention_over'::text])))
);
CREATE INDEX erasures_approved_by ON app.erasures USING btree (school_id, approved_by);
CREATE INDEX erasures_requested_by ON app.erasures USING btree (school_id, requested_by);
row security enabled forced;
policy erasures_erased permissive for all to shaodian_owner using (school_id = ( SELECT sec.school() AS school));
policy erasures_read permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text, 'data_protection_officer'::text, 'school_leader'::text]) AS has_role));
policy erasures_requested permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (requested_by = ( SELECT sec.uid() AS uid)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text, 'data_protection_officer'::text]) AS has_role));
grant insert (school_id, id, pupil_id, reason, requested_by), select to shaodian_app;

-- P3: a conflict of interest between a member of staff and a pupil, as a code; the one concerned never learns that it is there
create table app.exclusions (
  school_id integer not null
  id uuid not null
  person_id uuid not null
  pupil_id uuid not null
  grade_id integer not null
  class_id integer not null
  kind text not null
  starts_at timestamp with time zone not null default statement_timestamp()  -- Security time, always real
  ends_at timestamp with time zone
  decided_by uuid not null
  ended_by uuid
  exclusions_pkey PRIMARY KEY (school_id, id)
  exclusions_school_id_class_id_fkey FOREIGN KEY (school_id, class_id) REFERENCES app.classes(school_id, id)
  exclusions_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  exclusions_school_id_grade_id_fkey FOREIGN KEY (school_id, grade_id) REFERENCES app.grades(school_id, id)
  exclusions_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES app.staff(school_id, id)
  exclusions_school_id_pupil_id_fkey FOREIGN KEY (school_id, pupil_id) REFERENCES app.pupils(school_id, id)
  exclusions_check CHECK (((ends_at IS NULL) = (ended_by IS NULL)))
  exclusions_kind_check CHECK ((kind = ANY (ARRAY['is_the_concern'::text, 'relative'::text, 'declined'::text])))
);
CREATE INDEX exclusions_class ON app.exclusions USING btree (school_id, class_id);
CREATE INDEX exclusions_grade ON app.exclusions USING btree (school_id, grade_id);
CREATE INDEX exclusions_person ON app.exclusions USING btree (school_id, person_id);
CREATE INDEX exclusions_pupil ON app.exclusions USING btree (school_id, pupil_id);
CREATE UNIQUE INDEX exclusions_one_a_person ON app.exclusions USING btree (school_id, pupil_id, person_id) WHERE (ends_at IS NULL);
row security enabled forced;
policy exclusions_decided permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (decided_by = ( SELECT sec.uid() AS uid)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['counsellor'::text, 'lead_counsellor'::text]) AS classes_as)::integer[])) AND (EXISTS ( SELECT
   FROM app.pupils p
  WHERE ((p.school_id = exclusions.school_id) AND (p.id = exclusions.pupil_id) AND (p.class_id = exclusions.class_id) AND (p.grade_id = exclusions.grade_id)))));
policy exclusions_ended permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['lead_counsellor'::text]) AS classes_as)::integer[])));
policy exclusions_evaluated permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (pupil_id = ( SELECT sec.evaluated_pupil() AS evaluated_pupil)));
policy exclusions_for_lookup permissive for select to shaodian_owner using true;
policy exclusions_hidden restrictive for all to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id IS DISTINCT FROM ( SELECT sec.uid() AS uid)) AND (pupil_id <> ALL (( SELECT sec.excluded_pupils() AS excluded_pupils)::uuid[]))) with check ((school_id = ( SELECT sec.school() AS school)) AND (pupil_id <> ALL (( SELECT sec.excluded_pupils() AS excluded_pupils)::uuid[])));
policy exclusions_of_delivery permissive for select to shaodian_worker using (school_id = ( SELECT sec.school() AS school));
policy exclusions_read permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['counsellor'::text, 'lead_counsellor'::text]) AS classes_as)::integer[])));
grant insert, select, update (ends_at, ended_by) to shaodian_app;
grant select (school_id, id, person_id, pupil_id, starts_at, ends_at, decided_by) to shaodian_worker;
CREATE TRIGGER exclusions_told AFTER INSERT ON app.exclusions FOR EACH ROW EXECUTE FUNCTION sec.tell_exclusion();

create table app.grades (
  school_id integer not null
  id integer not null generated always as identity
  name text not null
  ordinal integer not null  -- Year of schooling, 1 to 12: 七年级 is 7
  grades_school_id_ordinal_key UNIQUE (school_id, ordinal)
  grades_pkey PRIMARY KEY (school_id, id)
  grades_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  grades_ordinal_check CHECK (((ordinal >= 1) AND (ordinal <= 12)))
);
row security enabled forced;
policy grades_by_administrator permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text]) AS has_role));
policy grades_of_school permissive for select to shaodian_app using (school_id = ( SELECT sec.school() AS school));
grant insert, select to shaodian_app;

-- P1: a role that one person proposed for another and a third approves; until then it gives nothing
create table app.grant_proposals (
  school_id integer not null
  id uuid not null
  batch_id uuid not null  -- What was proposed in one act; told and shown together
  person_id uuid not null
  person_kind text not null generated always as (
CASE
    WHEN (role = 'committee_member'::text) THEN 'pupil'::text
    ELSE 'staff'::text
END) stored
  role text not null
  scope text not null
  grade_id integer
  class_id integer
  seat text
  seat_from date  -- Domain date from which a committee seat counts
  starts_at timestamp with time zone not null default date_trunc('milliseconds'::text, statement_timestamp())  -- Security time; the grant never begins before it is approved
  ends_at timestamp with time zone
  replaces boolean not null default false  -- On approval whoever else is homeroom teacher of the class ends
  reason text not null
  proposed_by uuid not null
  proposed_at timestamp with time zone not null default date_trunc('milliseconds'::text, statement_timestamp())  -- Security time, always real
  decision text
  decided_by uuid
  decided_at timestamp with time zone  -- Security time, written by a trigger
  grant_proposals_school_id_id_person_id_key UNIQUE (school_id, id, person_id)
  grant_proposals_pkey PRIMARY KEY (school_id, id)
  grant_proposals_school_id_class_id_fkey FOREIGN KEY (school_id, class_id) REFERENCES app.classes(school_id, id)
  grant_proposals_school_id_decided_by_fkey FOREIGN KEY (school_id, decided_by) REFERENCES app.people(school_id, id)
  grant_proposals_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  grant_proposals_school_id_grade_id_fkey FOREIGN KEY (school_id, grade_id) REFERENCES app.grades(school_id, id)
  grant_proposals_school_id_person_id_person_kind_fkey FOREIGN KEY (school_id, person_id, person_kind) REFERENCES app.people(school_id, id, kind)
  grant_proposals_school_id_proposed_by_fkey FOREIGN KEY (school_id, proposed_by) REFERENCES app.people(school_id, id)
  grant_proposals_decision CHECK ((((decided_by IS NULL) = (decision IS NULL)) AND ((decided_at IS NULL) = (decision IS NULL))))
  grant_proposals_decision_check CHECK ((decision = ANY (ARRAY['approved'::text, 'refused'::text])))
  grant_proposals_reason_check CHECK ((reason = ANY (ARRAY['new_account'::text, 'roster_import'::text, 'change_of_duty'::text, 'substitute'::text, 'new_term'::text, 'demo'::text])))
  grant_proposals_role_check CHECK ((role = ANY (ARRAY['committee_member'::text, 'homeroom_teacher'::text, 'mentor'::text, 'mentor_lead'::text, 'grade_head'::text, 'counsellor'::text, 'lead_counsellor'::text, 'school_leader'::text, 'data_protection_officer'::text, 'expert'::text, 'administrator'::text])))
  grant_proposals_scope CHECK ((((scope = 'grade'::text) = (grade_id IS NOT NULL)) AND ((scope = 'class'::text) = (class_id IS NOT NULL)) AND ((scope = 'class'::text) = (role = ANY (ARRAY['committee_member'::text, 'homeroom_teacher'::text]))) AND ((scope = 'grade'::text) = (role = 'grade_head'::text))))
  grant_proposals_scope_check CHECK ((scope = ANY (ARRAY['school'::text, 'grade'::text, 'class'::text])))
  grant_proposals_seat CHECK ((((seat IS NOT NULL) = (role = 'committee_member'::text)) AND ((seat_from IS NULL) = (seat IS NULL))))
  grant_proposals_seat_check CHECK ((seat = ANY (ARRAY['A'::text, 'B'::text])))
  grant_proposals_time CHECK (((ends_at > starts_at) AND ((role <> 'expert'::text) OR (ends_at IS NOT NULL))))
  grant_proposals_two_people CHECK (((proposed_by <> person_id) AND (decided_by <> person_id) AND (decided_by <> proposed_by)))
);
CREATE INDEX grant_proposals_at ON app.grant_proposals USING btree (school_id, proposed_at DESC, id);
CREATE INDEX grant_proposals_batch ON app.grant_proposals USING btree (school_id, batch_id);
CREATE INDEX grant_proposals_class ON app.grant_proposals USING btree (school_id, class_id);
CREATE INDEX grant_proposals_decided_by ON app.grant_proposals USING btree (school_id, decided_by);
CREATE INDEX grant_proposals_grade ON app.grant_proposals USING btree (school_id, grade_id);
CREATE INDEX grant_proposals_person ON app.grant_proposals USING btree (school_id, person_id, person_kind);
CREATE INDEX grant_proposals_proposed_by ON app.grant_proposals USING btree (school_id, proposed_by);
CREATE UNIQUE INDEX grant_proposals_one_waiting ON app.grant_proposals USING btree (school_id, person_id, role, grade_id, class_id) NULLS NOT DISTINCT WHERE (decision IS NULL);
row security enabled forced;
policy grant_proposals_by_administrator permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (proposed_by = ( SELECT sec.uid() AS uid)) AND (person_id <> ( SELECT sec.uid() AS uid)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text]) AS has_role));
policy grant_proposals_by_another restrictive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (decision IS NULL) AND (proposed_by <> ( SELECT sec.uid() AS uid)) AND (person_id <> ( SELECT sec.uid() AS uid))) with check ((school_id = ( SELECT sec.school() AS school)) AND (decided_by = ( SELECT sec.uid() AS uid)) AND ((decision = 'refused'::text) OR (( SELECT sec.purpose() AS purpose) = 'approve_grants'::text)));
policy grant_proposals_decided permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (seat IS NULL) AND ( SELECT sec.has_role(VARIADIC ARRAY['school_leader'::text]) AS has_role)) with check ((school_id = ( SELECT sec.school() AS school)) AND (seat IS NULL) AND ( SELECT sec.has_role(VARIADIC ARRAY['school_leader'::text]) AS has_role));
policy grant_proposals_decided_instead permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (seat IS NULL) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text]) AS has_role) AND (( SELECT sec.approving_leaders() AS approving_leaders) <@ ARRAY[proposed_by, person_id])) with check ((school_id = ( SELECT sec.school() AS school)) AND (seat IS NULL) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text]) AS has_role) AND (( SELECT sec.approving_leaders() AS approving_leaders) <@ ARRAY[proposed_by, person_id]));
policy grant_proposals_expert_by_lead permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (proposed_by = ( SELECT sec.uid() AS uid)) AND (person_id <> ( SELECT sec.uid() AS uid)) AND (role = 'expert'::text) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text]) AS has_role));
policy grant_proposals_of_class permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (seat IS NOT NULL) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['homeroom_teacher'::text]) AS classes_as)::integer[])));
policy grant_proposals_of_delivery permissive for select to shaodian_worker using (school_id = ( SELECT sec.school() AS school));
policy grant_proposals_own permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)));
policy grant_proposals_read permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text, 'school_leader'::text, 'lead_counsellor'::text, 'data_protection_officer'::text]) AS has_role));
policy grant_proposals_seat_by_teacher permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (proposed_by = ( SELECT sec.uid() AS uid)) AND (person_id <> ( SELECT sec.uid() AS uid)) AND (seat IS NOT NULL) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['homeroom_teacher'::text]) AS classes_as)::integer[])));
policy grant_proposals_seat_decided permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (seat IS NOT NULL) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text]) AS has_role)) with check ((school_id = ( SELECT sec.school() AS school)) AND (seat IS NOT NULL) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text]) AS has_role));
grant insert (school_id, id, batch_id, person_id, role, scope, grade_id, class_id, seat, seat_from, starts_at, ends_at, replaces, reason, proposed_by), select, update (decision, decided_by) to shaodian_app;
grant select (school_id, batch_id, person_id, seat, proposed_by, decision) to shaodian_worker;
CREATE TRIGGER grant_proposals_approved AFTER UPDATE ON app.grant_proposals FOR EACH ROW WHEN (((old.decision IS NULL) AND (new.decision = 'approved'::text))) EXECUTE FUNCTION sec.proposal_approved();
CREATE TRIGGER grant_proposals_decided BEFORE UPDATE ON app.grant_proposals FOR EACH ROW WHEN (((old.decision IS NULL) AND (new.decision IS NOT NULL))) EXECUTE FUNCTION sec.proposal_decided();

-- A role with a scope and an end; takes effect at the next statement
create table app.grants (
  school_id integer not null
  id uuid not null
  person_id uuid not null
  role text not null
  scope text not null
  grade_id integer
  class_id integer
  starts_at timestamp with time zone not null
  ends_at timestamp with time zone
  granted_by uuid
  approved_by uuid
  reason text not null default ''::text
  proposal_id uuid  -- What two people agreed on; null for the founding people and for what was granted before it took two, or by hand in the database
  ended_by uuid  -- Who took it away before its time
  end_reason text
  origin text not null generated always as (
CASE
    WHEN (proposal_id IS NOT NULL) THEN 'two_people'::text
    WHEN (reason = 'first set-up'::text) THEN 'founding'::text
    WHEN (reason = ANY (ARRAY['account'::text, 'roster import'::text])) THEN 'before_two_people'::text
    ELSE 'by_hand'::text
END) stored  -- How it came to be: two_people, founding (first set-up), before_two_people (an administrator alone), by_hand (by whoever runs the database)
  grants_one_a_proposal UNIQUE (school_id, proposal_id)
  grants_pkey PRIMARY KEY (school_id, id)
  grants_school_id_class_id_fkey FOREIGN KEY (school_id, class_id) REFERENCES app.classes(school_id, id)
  grants_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  grants_school_id_grade_id_fkey FOREIGN KEY (school_id, grade_id) REFERENCES app.grades(school_id, id)
  grants_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES app.people(school_id, id)
  grants_school_id_proposal_id_person_id_fkey FOREIGN KEY (school_id, proposal_id, person_id) REFERENCES app.grant_proposals(school_id, id, person_id)
  grants_check CHECK ((((scope = 'grade'::text) = (grade_id IS NOT NULL)) AND ((scope = 'class'::text) = (class_id IS NOT NULL))))
  grants_end_reason_check CHECK ((end_reason = ANY (ARRAY['left'::text, 'change_of_duty'::text, 'mistake'::text, 'misuse'::text, 'replaced'::text])))
  grants_end_whole CHECK (((ended_by IS NULL) = (end_reason IS NULL)))
  grants_role_check CHECK ((role = ANY (ARRAY['committee_member'::text, 'pupil'::text, 'homeroom_teacher'::text, 'mentor'::text, 'mentor_lead'::text, 'grade_head'::text, 'counsellor'::text, 'lead_counsellor'::text, 'school_leader'::text, 'data_protection_officer'::text, 'expert'::text, 'administrator'::text, 'district_viewer'::text])))
  grants_scope_check CHECK ((scope = ANY (ARRAY['school'::text, 'grade'::text, 'class'::text, 'self'::text])))
  grants_two_people CHECK (((proposal_id IS NULL) OR ((granted_by IS NOT NULL) AND (approved_by IS NOT NULL) AND (granted_by <> approved_by) AND (granted_by <> person_id) AND (approved_by <> person_id))))
);
CREATE INDEX grants_class ON app.grants USING btree (school_id, class_id, role);
CREATE INDEX grants_grade ON app.grants USING btree (school_id, grade_id, role);
CREATE INDEX grants_person ON app.grants USING btree (school_id, person_id, role);
row security enabled forced;
policy grants_ended permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id <> ( SELECT sec.uid() AS uid)) AND ((ends_at IS NULL) OR (ends_at > ( SELECT statement_timestamp() AS statement_timestamp))) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text, 'school_leader'::text]) AS has_role)) with check ((school_id = ( SELECT sec.school() AS school)) AND (ended_by = ( SELECT sec.uid() AS uid)));
policy grants_erased permissive for update to shaodian_owner using (school_id = ( SELECT sec.school() AS school));
policy grants_evaluated permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT (sec.evaluated_pupil() IS NOT NULL)));
policy grants_for_lookup permissive for select to shaodian_owner using true;
policy grants_founded permissive for insert to shaodian_owner with check true;
policy grants_listed permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text, 'school_leader'::text, 'data_protection_officer'::text]) AS has_role));
policy grants_of_delivery permissive for select to shaodian_worker using (school_id = ( SELECT sec.school() AS school));
policy grants_own permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)));
grant select, update (ended_by, end_reason) to shaodian_app;
grant select (school_id, id, person_id, role, scope, grade_id, class_id, starts_at, ends_at) to shaodian_worker;
CREATE TRIGGER grants_ended BEFORE UPDATE ON app.grants FOR EACH ROW WHEN (((old.ended_by IS NULL) AND (new.ended_by IS NOT NULL))) EXECUTE FUNCTION sec.grant_ended();

-- The stored answer of a creating request: ids and status, no words
create table app.idempotency_records (
  school_id integer not null
  mark text not null  -- Who asked, as the mark under which they report: a person beside what they reported would say who did
  key uuid not null
  route text not null
  payload_sha256 bytea not null
  status integer not null
  answer jsonb not null
  created_at timestamp with time zone not null default statement_timestamp()
  idempotency_records_pkey PRIMARY KEY (school_id, mark, key)
  idempotency_records_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
);
row security enabled forced;
policy idempotency_records_created permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (mark = ( SELECT sec.mark() AS mark)));
policy idempotency_records_own permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (mark = ( SELECT sec.mark() AS mark)));
grant insert, select to shaodian_app;

-- P2: one message to one receiver through one channel, and how far it came; no words, no address, no name
create table app.messages (
  school_id integer not null
  id uuid not null
  outbox_id uuid not null
  alert_id uuid
  person_id uuid
  outside_id uuid
  channel_id uuid not null
  channel_kind text not null  -- Of the channel: whoever reads the alert sees no channels
  kind text not null
  event text  -- For a webhook: what happened
  colour text not null
  at timestamp with time zone not null  -- Domain time of what it is about
  state text not null default 'queued'::text
  attempts integer not null default 0
  not_before timestamp with time zone not null  -- Domain time of the digest it waits for; at once otherwise
  next_at timestamp with time zone not null default statement_timestamp()  -- Real time of the next attempt
  last_fault text
  sent_at timestamp with time zone
  delivered_at timestamp with time zone
  opened_at timestamp with time zone
  acknowledged_at timestamp with time zone
  reference text
  drill_id uuid
  cluster_id uuid
  messages_school_id_outbox_id_channel_id_person_id_outside_i_key UNIQUE NULLS NOT DISTINCT (school_id, outbox_id, channel_id, person_id, outside_id)
  messages_pkey PRIMARY KEY (school_id, id)
  messages_school_id_alert_id_fkey FOREIGN KEY (school_id, alert_id) REFERENCES app.alerts(school_id, id)
  messages_school_id_channel_id_fkey FOREIGN KEY (school_id, channel_id) REFERENCES app.channels(school_id, id)
  messages_school_id_cluster_id_fkey FOREIGN KEY (school_id, cluster_id) REFERENCES app.cluster_alerts(school_id, id)
  messages_school_id_drill_id_fkey FOREIGN KEY (school_id, drill_id) REFERENCES app.drills(school_id, id)
  messages_school_id_outbox_id_fkey FOREIGN KEY (school_id, outbox_id) REFERENCES app.outbox(school_id, id)
  messages_school_id_outside_id_fkey FOREIGN KEY (school_id, outside_id) REFERENCES app.outside_contacts(school_id, id)
  messages_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES app.people(school_id, id)
  messages_about_one CHECK (((num_nonnulls(alert_id, drill_id, cluster_id) <= 1) AND ((kind <> 'cluster_to_answer'::text) OR (cluster_id IS NOT NULL))))
  messages_check CHECK (((kind = 'alert_event'::text) = (event IS NOT NULL)))
  messages_check1 CHECK (((drill_id IS NOT NULL) = (kind = 'drill'::text)))
  messages_colour_check CHECK ((colour = ANY (ARRAY['blue'::text, 'yellow'::text, 'orange'::text, 'red'::text])))
  messages_event_check CHECK ((length(event) <= 40))
  messages_kind_check CHECK ((kind = ANY (ARRAY['cluster_to_answer'::text, 'drill'::text, 'alert_to_acknowledge'::text, 'alert_to_review'::text, 'alert_to_know'::text, 'alert_step_overdue'::text, 'alert_outside'::text, 'alert_event'::text])))
  messages_last_fault_check CHECK ((length(last_fault) <= 40))
  messages_reference_check CHECK ((length(reference) <= 120))
  messages_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sent'::text, 'delivered'::text, 'opened'::text, 'acknowledged'::text, 'failed'::text, 'stopped'::text])))
);
CREATE INDEX messages_alert ON app.messages USING btree (school_id, alert_id);
CREATE INDEX messages_channel ON app.messages USING btree (school_id, channel_id, sent_at);
CREATE INDEX messages_cluster ON app.messages USING btree (school_id, cluster_id);
CREATE INDEX messages_drill ON app.messages USING btree (school_id, drill_id);
CREATE INDEX messages_due ON app.messages USING btree (next_at) WHERE (state = 'queued'::text);
CREATE INDEX messages_failed ON app.messages USING btree (school_id, channel_id) WHERE (state = 'failed'::text);
CREATE INDEX messages_outside ON app.messages USING btree (school_id, outside_id);
CREATE INDEX messages_person ON app.messages USING btree (school_id, person_id);
row security enabled forced;
policy messages_answered permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (alert_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE ((a.school_id = ( SELECT sec.school() AS school)) AND (a.pupil_id = ( SELECT sec.evaluated_pupil() AS evaluated_pupil)))))));
policy messages_failed permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (state = 'failed'::text) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text]) AS has_role));
policy messages_for_lookup permissive for select to shaodian_owner using true;
policy messages_of_alert permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (alert_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE (a.school_id = ( SELECT sec.school() AS school))))));
policy messages_of_drill_settled permissive for update to shaodian_owner using (drill_id IS NOT NULL);
policy messages_own_opened permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)) AND (alert_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE (a.school_id = ( SELECT sec.school() AS school))))));
policy messages_planned permissive for insert to shaodian_worker with check ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery));
policy messages_settled permissive for update to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery));
policy messages_taken permissive for select to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery));
grant select, update (state, opened_at, acknowledged_at) to shaodian_app;
grant insert, select, update (state, attempts, next_at, last_fault, sent_at, delivered_at, reference) to shaodian_worker;

create table app.monthly_report_bodies (
  school_id integer not null
  report_id uuid not null
  class_id integer not null
  grade_id integer not null
  month date not null
  seat text  -- Empty: until 0025 the seat itself
  reporter_mark text not null
  submitted_at timestamp with time zone not null  -- Domain time
  own_until timestamp with time zone not null default (statement_timestamp() + '48:00:00'::interval)  -- Security time until which the reporter reads it again
  zero_report boolean not null
  kindness bytea
  seat_mark text  -- HMAC(school key, class, month and seat): one report a seat and month, and no name beside it
  monthly_report_bodies_pkey PRIMARY KEY (school_id, report_id)
  monthly_report_bodies_school_id_class_id_fkey FOREIGN KEY (school_id, class_id) REFERENCES app.classes(school_id, id)
  monthly_report_bodies_school_id_grade_id_fkey FOREIGN KEY (school_id, grade_id) REFERENCES app.grades(school_id, id)
  monthly_report_bodies_school_id_report_id_fkey FOREIGN KEY (school_id, report_id) REFERENCES app.monthly_reports(school_id, id)
  monthly_report_bodies_seat_check CHECK ((seat = ANY (ARRAY['A'::text, 'B'::text])))
  monthly_report_bodies_seat_not_kept CHECK ((seat IS NULL)) NOT VALID
);
CREATE INDEX monthly_report_bodies_grade ON app.monthly_report_bodies USING btree (school_id, grade_id);
CREATE INDEX monthly_report_bodies_mark ON app.monthly_report_bodies USING btree (school_id, reporter_mark, month);
CREATE UNIQUE INDEX monthly_report_bodies_seat_mark ON app.monthly_report_bodies USING btree (school_id, class_id, month, seat_mark);
row security enabled forced;
policy monthly_report_bodies_created permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (reporter_mark = ( SELECT sec.mark() AS mark)) AND (seat_mark IS NOT NULL) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['committee_member'::text]) AS classes_as)::integer[])) AND (EXISTS ( SELECT
   FROM app.committee_seats s
  WHERE ((s.school_id = monthly_report_bodies.school_id) AND (s.class_id = monthly_report_bodies.class_id) AND (s.person_id = ( SELECT sec.uid() AS uid)) AND (s.ends_on IS NULL)))));
policy monthly_report_bodies_exchanged permissive for all to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
policy monthly_report_bodies_for_lookup permissive for select to shaodian_owner using true;
policy monthly_report_bodies_own permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (reporter_mark = ( SELECT sec.mark() AS mark)) AND (own_until > ( SELECT statement_timestamp() AS statement_timestamp)));
policy monthly_report_bodies_read permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['counsellor'::text, 'lead_counsellor'::text]) AS classes_as)::integer[])));
grant insert, select to shaodian_app;
grant select (school_id, report_id, kindness), update (kindness) to shaodian_worker;

-- That a report arrived: no seat, no hour, no content, so that it does not give away who wrote it
create table app.monthly_reports (
  school_id integer not null
  id uuid not null
  grade_id integer not null
  class_id integer not null
  month date not null
  late boolean not null
  monthly_reports_pkey PRIMARY KEY (school_id, id)
  monthly_reports_school_id_class_id_fkey FOREIGN KEY (school_id, class_id) REFERENCES app.classes(school_id, id)
  monthly_reports_school_id_grade_id_fkey FOREIGN KEY (school_id, grade_id) REFERENCES app.grades(school_id, id)
  monthly_reports_month_check CHECK ((EXTRACT(day FROM month) = (1)::numeric))
);
CREATE INDEX monthly_reports_class ON app.monthly_reports USING btree (school_id, class_id, month);
CREATE INDEX monthly_reports_grade ON app.monthly_reports USING btree (school_id, grade_id, month);
row security enabled forced;
policy monthly_reports_created permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['committee_member'::text]) AS classes_as)::integer[])));
policy monthly_reports_for_lookup permissive for select to shaodian_owner using true;
policy monthly_reports_own permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (id = ANY (ARRAY( SELECT b.report_id
   FROM app.monthly_report_bodies b
  WHERE ((b.school_id = ( SELECT sec.school() AS school)) AND (b.reporter_mark = ( SELECT sec.mark() AS mark)))))));
policy monthly_reports_state permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['homeroom_teacher'::text, 'grade_head'::text, 'counsellor'::text, 'lead_counsellor'::text]) AS classes_as)::integer[])));
grant insert, select to shaodian_app;

-- P2: something to look at, for one person, as a kind and the id it is about
create table app.notices (
  school_id integer not null
  id uuid not null
  outbox_id uuid not null  -- With the person, the key by which a second delivery is recognised
  person_id uuid not null
  kind text not null
  subject_id uuid not null
  alert_id uuid generated always as (
CASE
    WHEN starts_with(kind, 'alert_'::text) THEN subject_id
    ELSE NULL::uuid
END) stored
  at timestamp with time zone not null
  seen_at timestamp with time zone
  notices_school_id_outbox_id_person_id_key UNIQUE (school_id, outbox_id, person_id)
  notices_pkey PRIMARY KEY (school_id, id)
  notices_school_id_alert_id_fkey FOREIGN KEY (school_id, alert_id) REFERENCES app.alerts(school_id, id)
  notices_school_id_outbox_id_fkey FOREIGN KEY (school_id, outbox_id) REFERENCES app.outbox(school_id, id)
  notices_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES app.people(school_id, id)
  notices_kind_check CHECK ((kind = ANY (ARRAY['cluster_raised'::text, 'alert_to_decide'::text, 'drill_to_answer'::text, 'alert_to_acknowledge'::text, 'alert_to_review'::text, 'alert_to_know'::text, 'break_glass_opened'::text, 'own_factor_reset'::text, 'factor_reset'::text, 'grant_to_decide'::text, 'grant_decided'::text, 'counsellor_kept_away'::text, 'alert_step_overdue'::text])))
);
CREATE INDEX notices_alert ON app.notices USING btree (school_id, alert_id);
CREATE INDEX notices_person ON app.notices USING btree (school_id, person_id, at DESC, id);
row security enabled forced;
policy notices_about_access permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)) AND (alert_id IS NULL) AND ((kind <> 'break_glass_opened'::text) OR (subject_id = ANY (ARRAY( SELECT g.id
   FROM app.break_glass g
  WHERE (g.school_id = ( SELECT sec.school() AS school)))))));
policy notices_about_access_seen permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)) AND (alert_id IS NULL) AND ((kind <> 'break_glass_opened'::text) OR (subject_id = ANY (ARRAY( SELECT g.id
   FROM app.break_glass g
  WHERE (g.school_id = ( SELECT sec.school() AS school)))))));
policy notices_about_alert permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)) AND (alert_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE (a.school_id = ( SELECT sec.school() AS school))))));
policy notices_about_alert_seen permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)) AND (alert_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE (a.school_id = ( SELECT sec.school() AS school))))));
policy notices_delivered permissive for insert to shaodian_worker with check (school_id = ( SELECT sec.school() AS school));
grant select, update (seen_at) to shaodian_app;
grant insert (school_id, id, outbox_id, person_id, kind, subject_id, at) to shaodian_worker;
CREATE TRIGGER notices_told AFTER INSERT ON app.notices FOR EACH ROW EXECUTE FUNCTION sec.tell_notice_arrived();

-- P3: the day, the words (encrypted), and the mark of the reporter
create table app.observation_details (
  school_id integer not null
  observation_id uuid not null
  pupil_id uuid not null
  grade_id integer not null
  class_id integer not null
  report_id uuid
  source_kind text not null
  counsellor_only boolean not null
  reporter_mark text not null
  observed_on date not null
  received_at timestamp with time zone not null
  own_until timestamp with time zone not null default (statement_timestamp() + '48:00:00'::interval)
  known_by text not null
  since_when text not null
  how_often text not null
  about_whom text
  words bytea
  observation_details_pkey PRIMARY KEY (school_id, observation_id)
  observation_details_school_id_class_id_fkey FOREIGN KEY (school_id, class_id) REFERENCES app.classes(school_id, id)
  observation_details_school_id_grade_id_fkey FOREIGN KEY (school_id, grade_id) REFERENCES app.grades(school_id, id)
  observation_details_school_id_observation_id_pupil_id_fkey FOREIGN KEY (school_id, observation_id, pupil_id) REFERENCES app.observations(school_id, id, pupil_id)
  observation_details_school_id_report_id_fkey FOREIGN KEY (school_id, report_id) REFERENCES app.monthly_reports(school_id, id)
  observation_details_about_whom_check CHECK ((about_whom = ANY (ARRAY['family'::text, 'school_staff'::text, 'classmate'::text, 'online_or_outside'::text, 'unknown'::text])))
  observation_details_how_often_check CHECK ((how_often = ANY (ARRAY['once'::text, 'several'::text, 'often'::text, 'unknown'::text])))
  observation_details_known_by_check CHECK ((known_by = ANY (ARRAY['seen'::text, 'told_by_pupil'::text, 'told_by_others'::text])))
  observation_details_since_when_check CHECK ((since_when = ANY (ARRAY['today'::text, 'this_week'::text, 'this_month'::text, 'longer'::text, 'unknown'::text])))
  observation_details_source_kind_check CHECK ((source_kind = ANY (ARRAY['peer'::text, 'staff'::text, 'counsellor'::text, 'pupil'::text, 'guardian'::text, 'screening'::text])))
);
CREATE INDEX observation_details_class ON app.observation_details USING btree (school_id, class_id, observed_on);
CREATE INDEX observation_details_grade ON app.observation_details USING btree (school_id, grade_id);
CREATE INDEX observation_details_mark ON app.observation_details USING btree (school_id, reporter_mark, received_at);
CREATE INDEX observation_details_pupil ON app.observation_details USING btree (school_id, pupil_id, observed_on);
CREATE INDEX observation_details_report ON app.observation_details USING btree (school_id, report_id);
row security enabled forced;
policy observation_details_counsellor permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['counsellor'::text, 'lead_counsellor'::text]) AS classes_as)::integer[])));
policy observation_details_created permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (reporter_mark = ( SELECT sec.mark() AS mark)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['committee_member'::text, 'homeroom_teacher'::text, 'grade_head'::text, 'counsellor'::text, 'lead_counsellor'::text]) AS classes_as)::integer[])));
policy observation_details_erased permissive for update to shaodian_owner using (school_id = ( SELECT sec.school() AS school));
policy observation_details_evaluated permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (pupil_id = ( SELECT sec.evaluated_pupil() AS evaluated_pupil)));
policy observation_details_exchanged permissive for all to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
policy observation_details_excluded restrictive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ((pupil_id <> ALL (( SELECT sec.excluded_pupils() AS excluded_pupils)::uuid[])) OR ((reporter_mark = ( SELECT sec.mark() AS mark)) AND (own_until > ( SELECT statement_timestamp() AS statement_timestamp)))));
policy observation_details_for_lookup permissive for select to shaodian_owner using true;
policy observation_details_from_staff permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['homeroom_teacher'::text]) AS classes_as)::integer[])) AND (source_kind = 'staff'::text) AND (NOT counsellor_only));
policy observation_details_own permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (reporter_mark = ( SELECT sec.mark() AS mark)) AND (own_until > ( SELECT statement_timestamp() AS statement_timestamp)));
grant insert, select to shaodian_app;
grant select (school_id, observation_id, pupil_id, words), update (words) to shaodian_worker;

-- Signs about one pupil: codes, the week, and "someone at school"
create table app.observations (
  school_id integer not null
  id uuid not null
  pupil_id uuid not null
  grade_id integer not null
  class_id integer not null
  week date not null
  source text not null
  indicators text[] not null
  counsellor_only boolean not null  -- About school staff: hidden from every other member of staff
  grade_may_read boolean not null default false  -- An alert of yellow or higher stands on it
  conditions_met text[] not null default '{}'::text[]  -- Those of the indicators whose further question was ticked: the rules weigh them more
  observations_school_id_id_pupil_id_key UNIQUE (school_id, id, pupil_id)
  observations_pkey PRIMARY KEY (school_id, id)
  observations_school_id_class_id_fkey FOREIGN KEY (school_id, class_id) REFERENCES app.classes(school_id, id)
  observations_school_id_grade_id_fkey FOREIGN KEY (school_id, grade_id) REFERENCES app.grades(school_id, id)
  observations_school_id_pupil_id_fkey FOREIGN KEY (school_id, pupil_id) REFERENCES app.pupils(school_id, id)
  observations_conditions_met_check CHECK ((conditions_met <@ indicators))
  observations_indicators_check CHECK (((cardinality(indicators) >= 1) AND (cardinality(indicators) <= 13)))
  observations_source_check CHECK ((source = ANY (ARRAY['someone_at_school'::text, 'staff'::text, 'counsellor'::text, 'pupil'::text, 'guardian'::text, 'screening'::text])))
  observations_week_check CHECK ((EXTRACT(isodow FROM week) = (1)::numeric))
);
CREATE INDEX observations_class ON app.observations USING btree (school_id, class_id, week);
CREATE INDEX observations_grade ON app.observations USING btree (school_id, grade_id, week);
CREATE INDEX observations_pupil ON app.observations USING btree (school_id, pupil_id, week);
row security enabled forced;
policy observations_class permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['homeroom_teacher'::text]) AS classes_as)::integer[])) AND (NOT counsellor_only));
policy observations_counsellor permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['counsellor'::text, 'lead_counsellor'::text]) AS classes_as)::integer[])));
policy observations_created permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['committee_member'::text, 'homeroom_teacher'::text, 'grade_head'::text, 'counsellor'::text, 'lead_counsellor'::text]) AS classes_as)::integer[])) AND (EXISTS ( SELECT
   FROM app.pupils p
  WHERE ((p.school_id = observations.school_id) AND (p.id = observations.pupil_id) AND (p.class_id = observations.class_id) AND (p.grade_id = observations.grade_id)))));
policy observations_evaluated permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (pupil_id = ( SELECT sec.evaluated_pupil() AS evaluated_pupil)));
policy observations_excluded restrictive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ((pupil_id <> ALL (( SELECT sec.excluded_pupils() AS excluded_pupils)::uuid[])) OR (id = ANY (ARRAY( SELECT d.observation_id
   FROM app.observation_details d
  WHERE ((d.school_id = ( SELECT sec.school() AS school)) AND (d.reporter_mark = ( SELECT sec.mark() AS mark)) AND (d.own_until > ( SELECT statement_timestamp() AS statement_timestamp))))))));
policy observations_for_lookup permissive for select to shaodian_owner using true;
policy observations_grade permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['grade_head'::text]) AS classes_as)::integer[])) AND grade_may_read AND (NOT counsellor_only));
policy observations_judged permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (pupil_id = ( SELECT sec.evaluated_pupil() AS evaluated_pupil)));
policy observations_own permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (id = ANY (ARRAY( SELECT d.observation_id
   FROM app.observation_details d
  WHERE ((d.school_id = ( SELECT sec.school() AS school)) AND (d.reporter_mark = ( SELECT sec.mark() AS mark)) AND (d.own_until > ( SELECT statement_timestamp() AS statement_timestamp)))))));
grant insert, select, update (grade_may_read) to shaodian_app;

-- P2: what is to be told, as a topic and the id it is about; no words, no names, no receiver
create table app.outbox (
  school_id integer not null
  id uuid not null
  topic text not null
  subject_id uuid not null
  at timestamp with time zone not null  -- Domain time of what happened
  next_at timestamp with time zone not null default statement_timestamp()  -- Real time of the next attempt
  attempts integer not null default 0
  last_fault text  -- Name or code of the last error, never its text
  delivered_at timestamp with time zone
  stuck boolean not null generated always as (((delivered_at IS NULL) AND (attempts >= 5))) stored  -- Failed five times: people are shown it, and it is still tried
  outbox_pkey PRIMARY KEY (school_id, id)
  outbox_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  outbox_last_fault_check CHECK ((length(last_fault) <= 80))
  outbox_topic_check CHECK ((topic = ANY (ARRAY['cluster.climbed'::text, 'cluster.raised'::text, 'alert.proposed'::text, 'drill.called'::text, 'alert.clock_started'::text, 'alert.needs_review'::text, 'break_glass.opened'::text, 'second_factor.reset'::text, 'grant.proposed'::text, 'grant.decided'::text, 'exclusion.counsellor'::text, 'alert.climbed'::text, 'alert.step_overdue'::text, 'alert.outside'::text, 'alert.acknowledged'::text])))
);
CREATE INDEX outbox_break_glass ON app.outbox USING btree (school_id, subject_id) WHERE (topic = 'break_glass.opened'::text);
CREATE INDEX outbox_due ON app.outbox USING btree (next_at) WHERE (delivered_at IS NULL);
CREATE INDEX outbox_stuck ON app.outbox USING btree (school_id) WHERE stuck;
row security enabled forced;
policy outbox_alert_told permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (topic = ANY (ARRAY['alert.clock_started'::text, 'alert.needs_review'::text, 'alert.outside'::text, 'alert.acknowledged'::text])) AND (subject_id = ANY (ARRAY( SELECT a.id
   FROM app.alerts a
  WHERE ((a.school_id = ( SELECT sec.school() AS school)) AND (a.pupil_id = ( SELECT sec.evaluated_pupil() AS evaluated_pupil)))))));
policy outbox_break_glass_told permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (topic = 'break_glass.opened'::text) AND (subject_id = ANY (ARRAY( SELECT g.id
   FROM app.break_glass g
  WHERE ((g.school_id = ( SELECT sec.school() AS school)) AND (g.person_id = ( SELECT sec.uid() AS uid)) AND (g.ended_at IS NULL) AND (g.expires_at > ( SELECT statement_timestamp() AS statement_timestamp)))))));
policy outbox_cluster_missed permissive for insert to shaodian_worker with check ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery) AND (topic = ANY (ARRAY['cluster.climbed'::text, 'cluster.raised'::text])));
policy outbox_cluster_told permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (topic = 'cluster.raised'::text) AND (( SELECT sec.evaluated_pupil() AS evaluated_pupil) IS NOT NULL) AND (subject_id = ANY (ARRAY( SELECT c.id
   FROM app.cluster_alerts c
  WHERE (c.school_id = ( SELECT sec.school() AS school))))));
policy outbox_for_lookup permissive for all to shaodian_owner using true;
policy outbox_grant_told permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (topic = ANY (ARRAY['grant.proposed'::text, 'grant.decided'::text])) AND (subject_id = ANY (ARRAY( SELECT p.batch_id
   FROM app.grant_proposals p
  WHERE (p.school_id = ( SELECT sec.school() AS school))))));
policy outbox_missed_told permissive for insert to shaodian_worker with check ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery) AND (topic = ANY (ARRAY['alert.climbed'::text, 'alert.step_overdue'::text, 'alert.outside'::text, 'alert.needs_review'::text, 'drill.called'::text])));
policy outbox_of_delivery permissive for select to shaodian_worker using (school_id = ( SELECT sec.school() AS school));
policy outbox_proposal_told permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (topic = 'alert.proposed'::text) AND (subject_id = ANY (ARRAY( SELECT p.alert_id
   FROM app.alert_proposals p
  WHERE ((p.school_id = ( SELECT sec.school() AS school)) AND (p.proposed_by = ( SELECT sec.uid() AS uid)) AND (p.state = 'open'::text))))));
policy outbox_settled permissive for update to shaodian_worker using (school_id = ( SELECT sec.school() AS school));
policy outbox_stuck_read permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND stuck AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'administrator'::text, 'data_protection_officer'::text]) AS has_role));
grant insert (school_id, id, topic, subject_id, at), select (school_id, id, topic, at, next_at, attempts, last_fault, stuck) to shaodian_app;
grant insert (school_id, id, topic, subject_id, at), select, update (next_at, attempts, last_fault, delivered_at) to shaodian_worker;
CREATE TRIGGER outbox_told AFTER INSERT ON app.outbox FOR EACH STATEMENT EXECUTE FUNCTION sec.tell_outbox_filled();

-- Whom an alert reaches when nobody at school answers, such as the education office on duty; told that one waits, and nothing else of it
create table app.outside_contacts (
  school_id integer not null
  id uuid not null
  position integer not null
  name text not null
  phone text
  email text
  added_at timestamp with time zone not null default statement_timestamp()
  added_by uuid not null
  ended_at timestamp with time zone
  ended_by uuid
  outside_contacts_pkey PRIMARY KEY (school_id, id)
  outside_contacts_school_id_added_by_fkey FOREIGN KEY (school_id, added_by) REFERENCES app.people(school_id, id)
  outside_contacts_school_id_ended_by_fkey FOREIGN KEY (school_id, ended_by) REFERENCES app.people(school_id, id)
  outside_contacts_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  outside_contacts_check CHECK (((phone IS NOT NULL) OR (email IS NOT NULL)))
  outside_contacts_check1 CHECK (((ended_at IS NULL) = (ended_by IS NULL)))
  outside_contacts_email_check CHECK (((length(email) >= 3) AND (length(email) <= 254)))
  outside_contacts_name_check CHECK (((length(name) >= 1) AND (length(name) <= 60)))
  outside_contacts_phone_check CHECK (((length(phone) >= 3) AND (length(phone) <= 32)))
  outside_contacts_position_check CHECK ((("position" >= 1) AND ("position" <= 20)))
);
CREATE INDEX outside_contacts_added_by ON app.outside_contacts USING btree (school_id, added_by);
CREATE INDEX outside_contacts_ended_by ON app.outside_contacts USING btree (school_id, ended_by);
row security enabled forced;
policy outside_contacts_added permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (added_by = ( SELECT sec.uid() AS uid)) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'school_leader'::text, 'administrator'::text]) AS has_role));
policy outside_contacts_ended permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'school_leader'::text, 'administrator'::text]) AS has_role));
policy outside_contacts_of_delivery permissive for select to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_delivery() AS is_delivery));
policy outside_contacts_read permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['counsellor'::text, 'lead_counsellor'::text, 'school_leader'::text, 'administrator'::text, 'data_protection_officer'::text]) AS has_role));
grant insert, select, update (ended_at, ended_by) to shaodian_app;
grant select (school_id, id, position, phone, email, ended_at) to shaodian_worker;

-- Identity only; names are in staff and pupils, which have readers of their own
create table app.people (
  school_id integer not null
  id uuid not null
  kind text not null
  people_kind_key UNIQUE (school_id, id, kind)
  people_pkey PRIMARY KEY (school_id, id)
  people_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  people_kind_check CHECK ((kind = ANY (ARRAY['pupil'::text, 'staff'::text])))
);
row security enabled forced;
policy people_by_administrator permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text]) AS has_role));
policy people_for_audit permissive for select to shaodian_audit_writer using (school_id = ( SELECT sec.school() AS school));
policy people_founded permissive for insert to shaodian_owner with check true;
policy people_of_school permissive for select to shaodian_app using (school_id = ( SELECT sec.school() AS school));
grant insert, select to shaodian_app;
grant select to shaodian_audit_writer;

-- P2: the numbers of the register, for those who may read the roster, not only list it
create table app.pupil_records (
  school_id integer not null
  pupil_id uuid not null
  grade_id integer not null
  class_id integer not null
  student_no text  -- Empty: until 0019 the number itself
  national_id_mark text  -- HMAC(school key, national student number); the number itself is not kept
  national_id_last4 text
  birth_date date
  boards boolean
  student_no_mark text  -- HMAC(school key, student number); the number itself is not kept
  student_no_last4 text
  pupil_records_pkey PRIMARY KEY (school_id, pupil_id)
  pupil_records_school_id_class_id_fkey FOREIGN KEY (school_id, class_id) REFERENCES app.classes(school_id, id)
  pupil_records_school_id_grade_id_fkey FOREIGN KEY (school_id, grade_id) REFERENCES app.grades(school_id, id)
  pupil_records_school_id_pupil_id_fkey FOREIGN KEY (school_id, pupil_id) REFERENCES app.pupils(school_id, id)
  pupil_records_national_id_last4_check CHECK ((length(national_id_last4) = 4))
  pupil_records_number_not_kept CHECK ((student_no IS NULL)) NOT VALID
  pupil_records_student_no_last4_check CHECK (((length(student_no_last4) >= 1) AND (length(student_no_last4) <= 4)))
);
CREATE INDEX pupil_records_class ON app.pupil_records USING btree (school_id, class_id);
CREATE INDEX pupil_records_grade ON app.pupil_records USING btree (school_id, grade_id);
CREATE UNIQUE INDEX pupil_records_national_id ON app.pupil_records USING btree (school_id, national_id_mark);
CREATE UNIQUE INDEX pupil_records_student_no_mark ON app.pupil_records USING btree (school_id, student_no_mark);
row security enabled forced;
policy pupil_records_changed permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text]) AS has_role));
policy pupil_records_created permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text]) AS has_role));
policy pupil_records_erased permissive for all to shaodian_owner using (school_id = ( SELECT sec.school() AS school));
policy pupil_records_read permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['homeroom_teacher'::text, 'grade_head'::text, 'counsellor'::text, 'lead_counsellor'::text, 'administrator'::text]) AS classes_as)::integer[])));
grant insert, select, update to shaodian_app;

-- P1: what a class list shows. Numbers and dates are in pupil_records
create table app.pupils (
  school_id integer not null
  id uuid not null
  name text not null
  sex text not null
  grade_id integer not null
  class_id integer not null
  erased_at timestamp with time zone  -- Security time; since then nothing can be sealed about the pupil and nothing opened
  pupils_pkey PRIMARY KEY (school_id, id)
  pupils_school_id_class_id_fkey FOREIGN KEY (school_id, class_id) REFERENCES app.classes(school_id, id)
  pupils_school_id_grade_id_fkey FOREIGN KEY (school_id, grade_id) REFERENCES app.grades(school_id, id)
  pupils_school_id_id_fkey FOREIGN KEY (school_id, id) REFERENCES app.people(school_id, id)
  pupils_name_check CHECK (((length(name) >= 1) AND (length(name) <= 60)))
  pupils_sex_check CHECK ((sex = ANY (ARRAY['female'::text, 'male'::text, 'unknown'::text])))
);
CREATE INDEX pupils_class ON app.pupils USING btree (school_id, class_id, id);
CREATE INDEX pupils_grade ON app.pupils USING btree (school_id, grade_id);
row security enabled forced;
policy pupils_changed permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text]) AS has_role));
policy pupils_created permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text]) AS has_role));
policy pupils_erased permissive for all to shaodian_owner using (school_id = ( SELECT sec.school() AS school));
policy pupils_evaluated permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (id = ( SELECT sec.evaluated_pupil() AS evaluated_pupil)));
policy pupils_listed permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (class_id = ANY (( SELECT sec.classes_as(VARIADIC ARRAY['committee_member'::text, 'homeroom_teacher'::text, 'grade_head'::text, 'counsellor'::text, 'lead_counsellor'::text, 'school_leader'::text, 'administrator'::text]) AS classes_as)::integer[])));
policy pupils_own permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (id = ( SELECT sec.uid() AS uid)));
grant insert, select, update to shaodian_app;

-- P4: hashes of the codes for a lost telephone, each good once; reached by functions of schema sec only
create table app.recovery_codes (
  school_id integer not null
  person_id uuid not null
  code_sha256 bytea not null
  made_at timestamp with time zone not null default clock_timestamp()
  used_at timestamp with time zone
  recovery_codes_pkey PRIMARY KEY (school_id, person_id, code_sha256)
  recovery_codes_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES app.staff(school_id, id)
);
row security enabled forced;
policy recovery_codes_for_lookup permissive for all to shaodian_owner using true;

-- P3: who looked who reported something, for what purpose, and why in their own words (encrypted)
create table app.reporter_openings (
  school_id integer not null
  id uuid not null
  observation_id uuid not null
  pupil_id uuid not null
  opened_by uuid not null
  opened_at timestamp with time zone not null default transaction_timestamp()  -- Security time; the seal is given in this very transaction only
  purpose text not null
  reason bytea not null
  reporter_openings_pkey PRIMARY KEY (school_id, id)
  reporter_openings_school_id_observation_id_pupil_id_fkey FOREIGN KEY (school_id, observation_id, pupil_id) REFERENCES app.observations(school_id, id, pupil_id)
  reporter_openings_school_id_opened_by_fkey FOREIGN KEY (school_id, opened_by) REFERENCES app.people(school_id, id)
);
CREATE INDEX reporter_openings_observation ON app.reporter_openings USING btree (school_id, observation_id, pupil_id);
CREATE INDEX reporter_openings_opened_by ON app.reporter_openings USING btree (school_id, opened_by);
CREATE INDEX reporter_openings_pupil ON app.reporter_openings USING btree (school_id, pupil_id);
row security enabled forced;
policy reporter_openings_exchanged permissive for all to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
policy reporter_openings_excluded restrictive for all to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (pupil_id <> ALL (( SELECT sec.excluded_pupils() AS excluded_pupils)::uuid[])));
policy reporter_openings_for_lookup permissive for select to shaodian_owner using true;
policy reporter_openings_made permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (opened_by = ( SELECT sec.uid() AS uid)) AND (purpose = ( SELECT sec.purpose() AS purpose)) AND (purpose <> ALL (ARRAY['break_glass'::text, 'approve_grants'::text])) AND ( SELECT sec.has_role(VARIADIC ARRAY['counsellor'::text, 'lead_counsellor'::text]) AS has_role));
policy reporter_openings_read permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'data_protection_officer'::text]) AS has_role));
grant insert (school_id, id, observation_id, pupil_id, opened_by, purpose, reason), select to shaodian_app;
grant select (school_id, id, pupil_id, reason), update (reason) to shaodian_worker;

-- P3: maps a reporter mark back to a person, encrypted; nobody may read it through the app
create table app.reporter_seals (
  school_id integer not null
  mark text not null
  sealed_person bytea not null
  kek_id text not null  -- The generation of the school key that sealed it
  reporter_seals_pkey PRIMARY KEY (school_id, mark)
  reporter_seals_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
);
CREATE INDEX reporter_seals_kek ON app.reporter_seals USING btree (school_id, kek_id);
row security enabled forced;
policy reporter_seals_created permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (mark = ( SELECT sec.mark() AS mark)));
policy reporter_seals_erased permissive for all to shaodian_owner using (school_id = ( SELECT sec.school() AS school));
policy reporter_seals_exchanged permissive for all to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
grant insert to shaodian_app;
grant select, update (sealed_person, kek_id) to shaodian_worker;

create table app.roster_imports (
  school_id integer not null
  id uuid not null
  file_name text not null
  state text not null
  counts jsonb not null
  applicable boolean not null
  sealed_rows bytea  -- The rows that were read, compressed and encrypted, so that applying does what the preview showed
  created_by uuid not null
  created_at timestamp with time zone not null
  applied_at timestamp with time zone
  roster_imports_pkey PRIMARY KEY (school_id, id)
  roster_imports_school_id_created_by_fkey FOREIGN KEY (school_id, created_by) REFERENCES app.people(school_id, id)
  roster_imports_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  roster_imports_file_name_check CHECK (((length(file_name) >= 1) AND (length(file_name) <= 200)))
  roster_imports_state_check CHECK ((state = ANY (ARRAY['previewed'::text, 'applied'::text])))
);
CREATE INDEX roster_imports_created ON app.roster_imports USING btree (school_id, created_at);
CREATE INDEX roster_imports_created_by ON app.roster_imports USING btree (school_id, created_by);
row security enabled forced;
policy roster_imports_administered permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text]) AS has_role));
policy roster_imports_applied permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text]) AS has_role));
policy roster_imports_created permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND (created_by = ( SELECT sec.uid() AS uid)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text]) AS has_role));
policy roster_imports_erased permissive for all to shaodian_owner using (school_id = ( SELECT sec.school() AS school));
policy roster_imports_exchanged permissive for all to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
grant insert, select, update (state, counts, applicable, applied_at) to shaodian_app;
grant select (school_id, id, sealed_rows), update (sealed_rows) to shaodian_worker;

-- A tenant. Listed exception: its key is the school itself
create table app.schools (
  id integer not null generated always as identity
  code text not null
  name text not null
  time_zone text not null default 'Asia/Shanghai'::text
  bell_starts_at time without time zone not null default '08:00:00'::time without time zone
  bell_ends_at time without time zone not null default '17:30:00'::time without time zone
  duty_phone text  -- The number a child is shown first on the emergency screen
  is_demo boolean not null default false  -- Everybody in this school is invented
  created_at timestamp with time zone not null
  calendar_version integer not null default 1  -- Of terms, calendar days and bells together: they are changed together
  schools_code_key UNIQUE (code)
  schools_pkey PRIMARY KEY (id)
  schools_code_check CHECK ((code ~ '^[a-z][a-z0-9-]{1,31}$'::text))
  schools_duty_phone_check CHECK ((length(duty_phone) <= 32))
  schools_name_check CHECK (((length(name) >= 1) AND (length(name) <= 80)))
);
row security enabled forced;
policy schools_calendar_changed permissive for update to shaodian_app using ((id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'school_leader'::text, 'administrator'::text]) AS has_role));
policy schools_for_lookup permissive for select to shaodian_owner using true;
policy schools_founded permissive for insert to shaodian_owner with check true;
policy schools_of_context permissive for select to shaodian_app using (id = ( SELECT sec.school() AS school));
policy schools_of_delivery permissive for select to shaodian_worker using (id = ( SELECT sec.school() AS school));
grant select, update (bell_starts_at, bell_ends_at, calendar_version) to shaodian_app;
grant select (id, time_zone, bell_starts_at, bell_ends_at) to shaodian_worker;

-- P4: what makes the codes of a member of staff, and beside it one that is being set up; reached by functions of schema sec only
create table app.second_factors (
  school_id integer not null
  id uuid not null
  person_id uuid not null
  kek_id text not null  -- The generation of the school key that sealed the secret
  secret bytea not null  -- P4: the shared secret (encrypted)
  started_at timestamp with time zone not null default clock_timestamp()
  confirmed_at timestamp with time zone
  last_used_step bigint  -- The half-minute of the last code that was taken: none up to it is taken again
  last_used_at timestamp with time zone
  second_factors_pkey PRIMARY KEY (school_id, id)
  second_factors_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES app.staff(school_id, id)
  second_factors_check CHECK ((((confirmed_at IS NULL) = (last_used_step IS NULL)) AND ((confirmed_at IS NULL) = (last_used_at IS NULL))))
);
CREATE INDEX second_factors_kek ON app.second_factors USING btree (school_id, kek_id);
CREATE INDEX second_factors_person ON app.second_factors USING btree (school_id, person_id);
CREATE UNIQUE INDEX second_factors_one ON app.second_factors USING btree (school_id, person_id, ((confirmed_at IS NULL)));
row security enabled forced;
policy second_factors_exchanged permissive for all to shaodian_worker using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.is_system() AS is_system));
policy second_factors_for_lookup permissive for all to shaodian_owner using true;
grant select (school_id, id, kek_id, secret), update (kek_id, secret) to shaodian_worker;

create table app.sessions (
  school_id integer not null
  id uuid not null
  account_id uuid not null
  person_id uuid not null
  token_sha256 bytea not null
  device text not null default ''::text
  created_at timestamp with time zone not null
  last_seen_at timestamp with time zone not null
  expires_at timestamp with time zone not null
  idle_seconds integer not null
  revoked_at timestamp with time zone
  stepped_up_until timestamp with time zone  -- Security time until which the password given again counts
  step_up_purpose text  -- What it was given for
  stage text not null default 'whole'::text  -- What a session still waits for: a code, or the setting up of a second factor; only a whole one reaches anything
  sessions_token_sha256_key UNIQUE (token_sha256)
  sessions_pkey PRIMARY KEY (school_id, id)
  sessions_school_id_account_id_fkey FOREIGN KEY (school_id, account_id) REFERENCES app.accounts(school_id, id)
  sessions_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES app.people(school_id, id)
  sessions_stage_check CHECK ((stage = ANY (ARRAY['whole'::text, 'code'::text, 'enrolment'::text])))
  sessions_step_up_purpose_check CHECK ((step_up_purpose = ANY (ARRAY['urgent_help'::text, 'follow_up'::text, 'verify_report'::text, 'data_request'::text, 'break_glass'::text, 'approve_grants'::text])))
  sessions_step_up_whole CHECK (((stepped_up_until IS NULL) = (step_up_purpose IS NULL)))
);
CREATE INDEX sessions_account ON app.sessions USING btree (school_id, account_id);
CREATE INDEX sessions_person ON app.sessions USING btree (school_id, person_id);
row security enabled forced;
policy sessions_for_lookup permissive for all to shaodian_owner using true;
policy sessions_own permissive for select to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)));
policy sessions_revoked permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (person_id = ( SELECT sec.uid() AS uid)));
grant select (school_id, id, account_id, person_id, device, created_at, last_seen_at, expires_at, idle_seconds, revoked_at, stage), update (revoked_at) to shaodian_app;

-- Attempts per account name and device. Names without an account are counted too, so that throttling tells nothing; all unknown devices share one count, a device that signed in before has its own
create table app.sign_in_attempts (
  school_id integer not null
  subject_sha256 bytea not null
  device_sha256 bytea not null
  failures integer not null default 0
  last_failure_at timestamp with time zone not null
  known boolean not null default false
  sign_in_attempts_pkey PRIMARY KEY (school_id, subject_sha256, device_sha256)
  sign_in_attempts_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
);
row security enabled forced;
policy sign_in_attempts_for_lookup permissive for all to shaodian_owner using true;

create table app.staff (
  school_id integer not null
  id uuid not null
  staff_no text
  name text not null
  sex text not null
  title text not null default ''::text
  staff_school_id_staff_no_key UNIQUE (school_id, staff_no)
  staff_pkey PRIMARY KEY (school_id, id)
  staff_school_id_id_fkey FOREIGN KEY (school_id, id) REFERENCES app.people(school_id, id)
  staff_name_check CHECK (((length(name) >= 1) AND (length(name) <= 60)))
  staff_sex_check CHECK ((sex = ANY (ARRAY['female'::text, 'male'::text, 'unknown'::text])))
);
row security enabled forced;
policy staff_by_administrator permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text]) AS has_role));
policy staff_changed permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND (id <> ( SELECT sec.uid() AS uid)) AND ( SELECT sec.has_role(VARIADIC ARRAY['administrator'::text]) AS has_role));
policy staff_for_lookup permissive for select to shaodian_owner using true;
policy staff_founded permissive for insert to shaodian_owner with check true;
policy staff_of_school permissive for select to shaodian_app using (school_id = ( SELECT sec.school() AS school));
grant insert, select, update (title) to shaodian_app;

create table app.terms (
  school_id integer not null
  id integer not null generated always as identity
  name text not null
  starts_on date not null
  ends_on date not null
  terms_pkey PRIMARY KEY (school_id, id)
  terms_school_id_fkey FOREIGN KEY (school_id) REFERENCES app.schools(id)
  terms_check CHECK ((ends_on > starts_on))
);
row security enabled forced;
policy terms_changed permissive for update to shaodian_app using ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'school_leader'::text, 'administrator'::text]) AS has_role));
policy terms_created permissive for insert to shaodian_app with check ((school_id = ( SELECT sec.school() AS school)) AND ( SELECT sec.has_role(VARIADIC ARRAY['lead_counsellor'::text, 'school_leader'::text, 'administrator'::text]) AS has_role));
policy terms_founded permissive for insert to shaodian_owner with check true;
policy terms_of_delivery permissive for select to shaodian_worker using (school_id = ( SELECT sec.school() AS school));
policy terms_of_school permissive for select to shaodian_app using (school_id = ( SELECT sec.school() AS school));
grant insert (school_id, name, starts_on, ends_on), select, update (name, starts_on, ends_on) to shaodian_app;
grant select (school_id, starts_on, ends_on) to shaodian_worker;

-- Keys that sign app.ctx, as the two padded blocks of RFC 2104; written at start, readable by the owner only
create table sec.context_keys (
  id integer not null
  inner_pad bytea not null
  outer_pad bytea not null
  context_keys_pkey PRIMARY KEY (id)
  context_keys_inner_pad_check CHECK ((length(inner_pad) = 64))
  context_keys_outer_pad_check CHECK ((length(outer_pad) = 64))
);
row security off;

-- Who is absent at an instant of domain time; for the rules and the worker, when they look for who holds an alert, and empty for everybody else
CREATE OR REPLACE FUNCTION sec.absent_people(at timestamp with time zone)
 RETURNS uuid[]
 LANGUAGE sql
 STABLE PARALLEL RESTRICTED SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select coalesce(array_agg(distinct b.person_id), '{}') from app.absences b
  where b.school_id = (select sec.school()) and b.starts_at <= at and b.ends_at > at
    and ((select sec.evaluated_pupil()) is not null or (select sec.is_delivery())) $function$
;
execute: shaodian_app, shaodian_worker;

-- A new version for every change; a disabled account has no session, also after it is enabled again
CREATE OR REPLACE FUNCTION sec.account_changed()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  new.version := old.version + 1;
  if new.disabled_at is not null and old.disabled_at is null then
    update app.sessions s set revoked_at = clock_timestamp()
      where s.school_id = new.school_id and s.account_id = new.id and s.revoked_at is null;
  end if;
  return new;
end $function$
;
execute: nobody;

-- When an adult answered what I reported; nothing else about it, and only to me
CREATE OR REPLACE FUNCTION sec.answered(observation uuid)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select min(v.at) from app.observation_details d
  join app.alert_evidence e on e.school_id = d.school_id and e.observation_id = d.observation_id
  join app.alert_events v on v.school_id = e.school_id and v.alert_id = e.alert_id and v.counsellor_only = d.counsellor_only
  where d.school_id = (select sec.school()) and d.observation_id = observation and d.reporter_mark = (select sec.mark())
    and v.kind = 'acknowledged' and v.at >= e.attached_at $function$
;
execute: shaodian_app;

-- The school leaders who can sign in now: where none of them may decide about a proposal, the lead counsellor stands in
CREATE OR REPLACE FUNCTION sec.approving_leaders()
 RETURNS uuid[]
 LANGUAGE sql
 STABLE PARALLEL RESTRICTED SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select coalesce(array_agg(distinct g.person_id), '{}') from app.grants g
  join app.accounts a on a.school_id = g.school_id and a.person_id = g.person_id and a.disabled_at is null
  where g.school_id = (select sec.school()) and g.role = 'school_leader'
    and g.starts_at <= statement_timestamp() and (g.ends_at is null or g.ends_at > statement_timestamp()) $function$
;
execute: shaodian_app, shaodian_worker;

-- Writes the entries of this transaction; the hashes are made here, the MACs outside. Refused unless both sides see the same chain
CREATE OR REPLACE FUNCTION sec.audit_append(entries jsonb, expected_hash text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  in_school constant int := sec.school();
  one jsonb;
  head app.audit_heads;
  next_hash text;
  stamp timestamptz;
  is_pupil constant boolean := exists (select from app.people p where p.school_id = in_school and p.id = sec.uid() and p.kind = 'pupil');
  who uuid := case when is_pupil then null else sec.uid() end;
  who_mark text := case when is_pupil then sec.mark() end;
  named text[];
begin
  select * into head from app.audit_heads h where h.school_id = in_school for update;
  for one in select jsonb_array_elements(entries -> 'list') loop
    named := array(select jsonb_array_elements_text(one -> 'subjects'));
    stamp := timestamptz 'epoch' + (one ->> 'atUs')::bigint * interval '1 microsecond';
    next_hash := encode(sha256(convert_to(concat_ws(chr(31), head.hash, 'v1', in_school, head.seq + 1, one ->> 'atUs', coalesce(who::text, ''), coalesce(who_mark, ''),
      one ->> 'action', one ->> 'kind', one ->> 'area', one ->> 'code', one ->> 'why', one ->> 'purpose', one ->> 'resource',
      array_to_string(named, ','), one ->> 'mac'), 'UTF8')), 'hex');
    insert into app.audit_entries (school_id, seq, at, person_id, mark, action, kind, area, code, why, purpose, resource, subjects, hash, mac)
      values (in_school, head.seq + 1, stamp, who, who_mark, one ->> 'action', one ->> 'kind', one ->> 'area', one ->> 'code', one ->> 'why',
        one ->> 'purpose', one ->> 'resource', named, next_hash, one ->> 'mac');
    insert into app.audit_subjects (school_id, subject, seq) select distinct in_school, s, head.seq + 1 from unnest(named) s;
    head.seq := head.seq + 1;
    head.hash := next_hash;
  end loop;
  if head.hash <> expected_hash then
    raise exception 'audit refused: another chain' using errcode = '28000';
  end if;
  update app.audit_heads h set seq = head.seq, hash = head.hash where h.school_id = in_school;
end $function$
;
execute: shaodian_app, shaodian_audit_writer;

-- Locks the head of the school's chain until the transaction ends, and says what the next entry follows and who acts
CREATE OR REPLACE FUNCTION sec.audit_begin()
 RETURNS TABLE(seq bigint, hash text, at_us bigint, person text, mark text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  head app.audit_heads;
  in_school constant int := sec.school();
  is_pupil constant boolean := exists (select from app.people p where p.school_id = in_school and p.id = sec.uid() and p.kind = 'pupil');
begin
  if in_school is null then
    raise exception 'nobody asks' using errcode = '28000';
  end if;
  select * into head from app.audit_heads h where h.school_id = in_school for update;
  if not found then
    insert into app.audit_heads (school_id, seq, hash)
      values (in_school, 0, encode(sha256(convert_to('shaodian audit ' || in_school, 'UTF8')), 'hex')) on conflict do nothing;
    select * into head from app.audit_heads h where h.school_id = in_school for update;
  end if;
  return query select head.seq, head.hash, (extract(epoch from clock_timestamp()) * 1000000)::bigint,
    case when is_pupil then '' else coalesce(sec.uid()::text, '') end, case when is_pupil then sec.mark() else '' end;
end $function$
;
execute: shaodian_app, shaodian_audit_writer;

-- How much was read, done and refused; figures only
CREATE OR REPLACE FUNCTION sec.audit_counts(since timestamp with time zone)
 RETURNS TABLE(kind text, area text, n bigint)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select e.kind, e.area, count(*) from app.audit_entries e
  where e.school_id = (select sec.school()) and e.at >= since
    and (select sec.has_role('school_leader', 'data_protection_officer'))
  group by e.kind, e.area $function$
;
execute: shaodian_app, shaodian_audit_writer;

-- Who opened this pupil's pages, newest first; for the lead counsellor
CREATE OR REPLACE FUNCTION sec.audit_of_subject(pseudonym text, before bigint, most integer)
 RETURNS TABLE(seq bigint, at timestamp with time zone, person_id uuid, action text, why text, purpose text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select e.seq, e.at, e.person_id, e.action, e.why, e.purpose
  from app.audit_subjects s join app.audit_entries e on e.school_id = s.school_id and e.seq = s.seq
  where s.school_id = (select sec.school()) and s.subject = pseudonym and e.kind = 'read' and s.seq < before
    and (select sec.has_role('lead_counsellor'))
  order by s.seq desc limit least(most, 200) $function$
;
execute: shaodian_app, shaodian_audit_writer;

-- Counts the attempt before any hashing; five are free, then the wait doubles from 30 s to 15 min and ends by itself
CREATE OR REPLACE FUNCTION sec.begin_sign_in(in_school integer, subject bytea, device bytea)
 RETURNS TABLE(allowed boolean, retry_after_seconds integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  counted bytea := '\x';
  free_failures constant int := 5;
  attempt app.sign_in_attempts;
  wait int;
begin
  if exists (select from app.sign_in_attempts t where t.school_id = in_school and t.subject_sha256 = subject and t.device_sha256 = device and t.known) then
    counted := device;
  end if;
  insert into app.sign_in_attempts as t (school_id, subject_sha256, device_sha256, failures, last_failure_at)
    values (in_school, subject, counted, 0, clock_timestamp()) on conflict do nothing;
  select * into attempt from app.sign_in_attempts t
    where t.school_id = in_school and t.subject_sha256 = subject and t.device_sha256 = counted for update;
  wait := case when attempt.failures < free_failures then 0
    else least(900, 30 * (2 ^ least(attempt.failures - free_failures, 5))::int) end;
  if wait > 0 and attempt.last_failure_at + make_interval(secs => wait) > clock_timestamp() then
    return query select false, greatest(1, ceil(extract(epoch from attempt.last_failure_at + make_interval(secs => wait) - clock_timestamp()))::int);
    return;
  end if;
  update app.sign_in_attempts t set last_failure_at = clock_timestamp(),
      failures = case when attempt.last_failure_at < clock_timestamp() - interval '15 minutes' then 1 else attempt.failures + 1 end
    where t.school_id = in_school and t.subject_sha256 = subject and t.device_sha256 = counted;
  return query select true, 0;
end $function$
;
execute: shaodian_app;

-- The classes the person who asks reaches through these roles now
CREATE OR REPLACE FUNCTION sec.classes_as(VARIADIC roles text[])
 RETURNS integer[]
 LANGUAGE sql
 STABLE PARALLEL RESTRICTED SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select coalesce(array_agg(distinct c.id), '{}')
  from app.grants g join app.classes c on c.school_id = g.school_id
    and (g.scope = 'school' or (g.scope = 'grade' and c.grade_id = g.grade_id) or (g.scope = 'class' and c.id = g.class_id))
  where g.school_id = (select sec.school()) and g.person_id = (select sec.uid()) and g.role = any (roles)
    and g.starts_at <= statement_timestamp() and (g.ends_at is null or g.ends_at > statement_timestamp()) $function$
;
execute: shaodian_app, shaodian_worker;

-- After the API has checked everything that was asked for
CREATE OR REPLACE FUNCTION sec.clear_attempts(subject bytea, device bytea)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  delete from app.sign_in_attempts t where t.school_id = sec.school() and t.subject_sha256 = subject and not t.known;
  update app.sign_in_attempts t set failures = 0
    where t.school_id = sec.school() and t.subject_sha256 = subject and t.device_sha256 = device;
end $function$
;
execute: shaodian_app;

-- Signs of these codes of every pupil of the school; for the rules while they judge, and empty for everybody else
CREATE OR REPLACE FUNCTION sec.cluster_facts(codes text[])
 RETURNS TABLE(pupil_id uuid, class_id integer, grade_id integer, observation_id uuid, indicators text[], conditions_met text[], about_whom text, observed_on date, received_at timestamp with time zone)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select o.pupil_id, o.class_id, o.grade_id, o.id, o.indicators, o.conditions_met, d.about_whom, d.observed_on, d.received_at
  from app.observations o join app.observation_details d on d.school_id = o.school_id and d.observation_id = o.id
  where o.school_id = (select sec.school()) and (select sec.evaluated_pupil()) is not null and o.indicators && codes $function$
;
execute: shaodian_app;

-- Clusters with a pupil from whom the one who asks is kept away: deny wins, also over the number
CREATE OR REPLACE FUNCTION sec.clusters_kept_from()
 RETURNS uuid[]
 LANGUAGE sql
 STABLE PARALLEL RESTRICTED SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select coalesce(array_agg(distinct m.cluster_id), '{}') from app.cluster_members m
  where m.school_id = (select sec.school()) and m.pupil_id = any ((select sec.excluded_pupils())::uuid[]) $function$
;
execute: shaodian_app;

-- What was being set up is the second factor from now on; every other session of the person ends
CREATE OR REPLACE FUNCTION sec.confirm_factor(factor uuid, step bigint, codes bytea[], in_session uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform from app.second_factors f where f.school_id = sec.school() and f.person_id = sec.uid() and f.id = factor and f.confirmed_at is null for update;
  if not found then return false; end if;
  delete from app.second_factors f where f.school_id = sec.school() and f.person_id = sec.uid() and f.confirmed_at is not null;
  update app.second_factors f set confirmed_at = transaction_timestamp(), last_used_step = step, last_used_at = transaction_timestamp()
    where f.school_id = sec.school() and f.id = factor;
  perform sec.replace_recovery_codes(codes);
  update app.sessions s set revoked_at = clock_timestamp()
    where s.school_id = sec.school() and s.person_id = sec.uid() and s.id <> in_session and s.revoked_at is null;
  return true;
end $function$
;
execute: shaodian_app;

-- The verified context of this transaction; null when there is none; raises 28000 when it is forged, stale or from another backend
CREATE OR REPLACE FUNCTION sec.context()
 RETURNS text[]
 LANGUAGE plpgsql
 STABLE PARALLEL RESTRICTED SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  raw text := nullif(pg_catalog.current_setting('app.ctx', true), '');
  parts text[];
  signed text;
  pads record;
begin
  if raw is null then return null; end if;
  parts := pg_catalog.string_to_array(raw, '|');
  if pg_catalog.cardinality(parts) <> 12 or parts[1] <> 'v2' or parts[10] !~ '^[0-9]{1,9}$' then
    raise exception 'context refused: malformed' using errcode = '28000';
  end if;
  select k.inner_pad, k.outer_pad into pads from sec.context_keys k where k.id = parts[10]::int;
  if not found then
    raise exception 'context refused: unknown key' using errcode = '28000';
  end if;
  signed := pg_catalog.array_to_string(parts[1:11], '|');
  if pg_catalog.encode(pg_catalog.sha256(pads.outer_pad || pg_catalog.sha256(pads.inner_pad || pg_catalog.convert_to(signed, 'UTF8'))), 'hex') <> parts[12] then
    raise exception 'context refused: signature' using errcode = '28000';
  end if;
  if parts[11]::int <> pg_catalog.pg_backend_pid() then
    raise exception 'context refused: another backend' using errcode = '28000';
  end if;
  if parts[9]::bigint < extract(epoch from pg_catalog.clock_timestamp()) then
    raise exception 'context refused: expired' using errcode = '28000';
  end if;
  return parts;
end $function$
;
execute: shaodian_app, shaodian_audit_writer, shaodian_worker;

-- How far each message of a drill came, for those who run drills and keep the channels
CREATE OR REPLACE FUNCTION sec.drill_messages(drill uuid)
 RETURNS TABLE(person_id uuid, outside_id uuid, channel_kind text, state text, sent_at timestamp with time zone, delivered_at timestamp with time zone, opened_at timestamp with time zone)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select m.person_id, m.outside_id, m.channel_kind, m.state, m.sent_at, m.delivered_at, m.opened_at from app.messages m
  where m.school_id = (select sec.school()) and m.drill_id = drill and (select sec.has_role('lead_counsellor', 'school_leader', 'administrator'))
  order by m.sent_at nulls last, m.id $function$
;
execute: shaodian_app;

-- Channels with messages to send, of any school; not held: the worker locks the channel
CREATE OR REPLACE FUNCTION sec.due_channels(until timestamp with time zone)
 RETURNS TABLE(school_id integer, channel_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select m.school_id, m.channel_id from app.messages m join app.channels c on c.school_id = m.school_id and c.id = m.channel_id
  where m.state = 'queued' and m.not_before <= until and m.next_at <= pg_catalog.clock_timestamp() and c.enabled
  group by m.school_id, m.channel_id order by min(m.next_at) limit 50 $function$
;
execute: shaodian_worker;

-- Clocks that ran out, of any school, those that wait longest first; not held: the worker locks the alert
CREATE OR REPLACE FUNCTION sec.due_clocks(until timestamp with time zone)
 RETURNS TABLE(school_id integer, alert_id uuid, kind text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select c.school_id, c.alert_id, c.kind from app.alert_clocks c
  where c.state = 'running' and c.due_at <= until order by c.due_at, c.alert_id limit 50 $function$
;
execute: shaodian_worker;

-- Clusters of which a clock ran out, of any school; not held: the worker locks the cluster
CREATE OR REPLACE FUNCTION sec.due_clusters(until timestamp with time zone)
 RETURNS TABLE(school_id integer, cluster_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select c.school_id, c.id from app.cluster_alerts c
  where (c.status = 'open' and c.ack_due_at <= until) or (c.status <> 'closed' and c.met_at is null and c.meeting_due_at <= until)
  order by least(c.ack_due_at, c.meeting_due_at), c.id limit 50 $function$
;
execute: shaodian_worker;

-- Drills in which the next one is to be asked, of any school; not held: the worker locks the drill
CREATE OR REPLACE FUNCTION sec.due_drills(until timestamp with time zone)
 RETURNS TABLE(school_id integer, drill_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select d.school_id, d.id from app.drills d where d.next_at <= until order by d.next_at limit 20 $function$
;
execute: shaodian_worker;

-- Whom a person in a corridor rings now about this pupil; for everyone an alert can reach
CREATE OR REPLACE FUNCTION sec.duty_phones(about_pupil uuid)
 RETURNS TABLE(name text, phone text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select s.name, d.phone from app.duty_slots d
  join app.staff s on s.school_id = d.school_id and s.id = d.person_id
  where d.school_id = (select sec.school()) and d.phone is not null
    and d.starts_at <= statement_timestamp() and (d.ends_at is null or d.ends_at > statement_timestamp())
    and not exists (select from app.exclusions e where e.school_id = d.school_id and e.person_id = d.person_id and e.pupil_id = about_pupil
      and e.starts_at <= statement_timestamp() and (e.ends_at is null or e.ends_at > statement_timestamp()))
    and not exists (select from app.accounts a where a.school_id = d.school_id and a.person_id = d.person_id and a.disabled_at is not null)
    and not exists (select from app.absences b where b.school_id = d.school_id and b.person_id = d.person_id
      and b.starts_at <= statement_timestamp() and b.ends_at > statement_timestamp())
    and ((select sec.has_role('homeroom_teacher', 'grade_head', 'counsellor', 'lead_counsellor', 'school_leader')) or (select sec.on_duty('red')))
  group by s.name, d.phone order by min(d.position), s.name limit 10 $function$
;
execute: shaodian_app;

-- Turns the own second factor off, where no role needs it
CREATE OR REPLACE FUNCTION sec.end_factor()
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  was_on boolean;
begin
  if sec.must_have_factor() then
    raise exception 'a role needs it' using errcode = '42501';
  end if;
  delete from app.recovery_codes c where c.school_id = sec.school() and c.person_id = sec.uid();
  was_on := exists (select from app.second_factors f where f.school_id = sec.school() and f.person_id = sec.uid() and f.confirmed_at is not null);
  delete from app.second_factors f where f.school_id = sec.school() and f.person_id = sec.uid();
  return was_on;
end $function$
;
execute: shaodian_app;

-- Ends the step-up before its time
CREATE OR REPLACE FUNCTION sec.end_step_up(in_session uuid)
 RETURNS boolean
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
  update app.sessions s set stepped_up_until = null, step_up_purpose = null
    where s.school_id = sec.school() and s.id = in_session and s.person_id = sec.uid() returning true $function$
;
execute: shaodian_app;

-- The second person says yes: erases, or says why not. Never while an alert is open
CREATE OR REPLACE FUNCTION sec.erase_pupil(erasure uuid, reporter_mark text)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  in_school constant int := sec.school();
  asked app.erasures;
begin
  if sec.uid() is null or not sec.has_role('school_leader', 'data_protection_officer') then return jsonb_build_object('refused', 'not-allowed'); end if;
  select * into asked from app.erasures e where e.school_id = in_school and e.id = erasure for update;
  if not found then return jsonb_build_object('refused', 'not-found'); end if;
  if asked.requested_by = sec.uid() then return jsonb_build_object('refused', 'same-person'); end if;
  if asked.approved_at is not null then return jsonb_build_object('refused', 'already-done'); end if;
  -- Whoever is writing about the pupil has finished, and what they raised is seen below.
  perform from app.pupils p where p.school_id = in_school and p.id = asked.pupil_id for update;
  if exists (select from app.alerts a where a.school_id = in_school and a.pupil_id = asked.pupil_id and a.status <> 'closed') then
    return jsonb_build_object('refused', 'not-yet');
  end if;
  update app.erasures e set approved_by = sec.uid(), approved_at = statement_timestamp() where e.school_id = in_school and e.id = erasure;
  return sec.shred_pupil(asked.pupil_id, reporter_mark);
end $function$
;
execute: shaodian_app;

-- The one pupil whose facts the rules may read in this moment, or null
CREATE OR REPLACE FUNCTION sec.evaluated_pupil()
 RETURNS uuid
 LANGUAGE sql
 STABLE PARALLEL RESTRICTED SECURITY DEFINER
 SET search_path TO ''
AS $function$ select case when c[2] = 'evaluation' then c[6]::uuid end from (select sec.context() as c) x $function$
;
execute: shaodian_app, shaodian_worker;

-- The pupils whom the person who asks is kept away from now; empty for nearly everybody
CREATE OR REPLACE FUNCTION sec.excluded_pupils()
 RETURNS uuid[]
 LANGUAGE sql
 STABLE PARALLEL RESTRICTED SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select coalesce(array_agg(e.pupil_id), '{}') from app.exclusions e
  where e.school_id = (select sec.school()) and e.person_id = (select sec.uid())
    and e.starts_at <= statement_timestamp() and (e.ends_at is null or e.ends_at > statement_timestamp()) $function$
;
execute: shaodian_app;

-- One row when the school exists; the account columns are null when the account does not
CREATE OR REPLACE FUNCTION sec.find_credentials(school_code text, account_name text)
 RETURNS TABLE(school_id integer, account_id uuid, person_id uuid, password_hash text, disabled boolean)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select s.id, a.id, a.person_id, k.password_hash, a.disabled_at is not null
  from app.schools s
  left join app.accounts a on a.school_id = s.id and a.name = lower(account_name)
  left join app.account_secrets k on k.school_id = a.school_id and k.account_id = a.id
  where s.code = school_code $function$
;
execute: shaodian_app;

-- The own sealed secret: the one in use, or one whose setting up began within the hour
CREATE OR REPLACE FUNCTION sec.find_factor(being_set_up boolean)
 RETURNS TABLE(id uuid, kek_id text, secret bytea)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select f.id, f.kek_id, f.secret from app.second_factors f
  where f.school_id = sec.school() and f.person_id = sec.uid() and (f.confirmed_at is null) = being_set_up
    and (not being_set_up or f.started_at > clock_timestamp() - interval '1 hour') $function$
;
execute: shaodian_app;

-- The live session of a token, whole or not, or no row
CREATE OR REPLACE FUNCTION sec.find_session(token bytea, counts_as_activity boolean)
 RETURNS TABLE(school_id integer, session_id uuid, account_id uuid, account_name text, person_id uuid, expires_at timestamp with time zone, stepped_up_until timestamp with time zone, step_up_purpose text, stage text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  s app.sessions;
  a app.accounts;
begin
  select * into s from app.sessions t where t.token_sha256 = token;
  if not found or s.revoked_at is not null or s.expires_at <= clock_timestamp()
    or s.last_seen_at + make_interval(secs => s.idle_seconds) <= clock_timestamp() then return; end if;
  select * into a from app.accounts t where t.school_id = s.school_id and t.id = s.account_id;
  if not found or a.disabled_at is not null then return; end if;
  if counts_as_activity and s.last_seen_at < clock_timestamp() - interval '30 seconds' then
    update app.sessions t set last_seen_at = clock_timestamp() where t.school_id = s.school_id and t.id = s.id;
  end if;
  return query select s.school_id, s.id, s.account_id, a.name, s.person_id,
    least(s.expires_at, clock_timestamp() + make_interval(secs => s.idle_seconds)),
    case when s.stepped_up_until > clock_timestamp() then s.stepped_up_until end,
    case when s.stepped_up_until > clock_timestamp() then s.step_up_purpose end, s.stage;
end $function$
;
execute: shaodian_app;

-- Makes a session whole, under another token, in a transaction in which a code was used; false when the old token is no longer the session's
CREATE OR REPLACE FUNCTION sec.finish_session(in_session uuid, old_token bytea, new_token bytea, subject bytea, device bytea, absolute integer)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if not exists (select from app.second_factors f where f.school_id = sec.school() and f.person_id = sec.uid() and f.last_used_at = transaction_timestamp())
    and not exists (select from app.recovery_codes c where c.school_id = sec.school() and c.person_id = sec.uid() and c.used_at = transaction_timestamp()) then
    raise exception 'no code was used' using errcode = '42501';
  end if;
  update app.sessions s set token_sha256 = new_token, stage = 'whole', last_seen_at = clock_timestamp(),
      expires_at = case s.stage when 'whole' then s.expires_at else clock_timestamp() + make_interval(secs => absolute) end
    where s.school_id = sec.school() and s.id = in_session and s.person_id = sec.uid() and s.token_sha256 = old_token
      and s.revoked_at is null and s.expires_at > clock_timestamp();
  if not found then return false; end if;
  perform sec.know_device(subject, device);
  return true;
end $function$
;
execute: shaodian_app;

-- First-run set-up: the first school with its administrator and lead counsellor; refused once any school exists
CREATE OR REPLACE FUNCTION sec.found_school(code text, school_name text, administrator uuid, administrator_name text, account uuid, account_name text, administrator_hash text, lead uuid, lead_name text, lead_account uuid, lead_account_name text, lead_hash text, grant_ids uuid[], founded_at timestamp with time zone, term_names text[], term_starts date[], term_ends date[])
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  new_school int;
begin
  lock table app.schools in exclusive mode;
  if exists (select from app.schools) then
    raise exception 'a school exists' using errcode = '42501';
  end if;
  insert into app.schools (code, name, created_at) values (code, school_name, founded_at) returning id into new_school;
  insert into app.terms (school_id, name, starts_on, ends_on)
    select new_school, t.name, t.starts_on, t.ends_on from unnest(term_names, term_starts, term_ends) as t (name, starts_on, ends_on);
  insert into app.people (school_id, id, kind) values (new_school, administrator, 'staff'), (new_school, lead, 'staff');
  insert into app.staff (school_id, id, name, sex) values (new_school, administrator, administrator_name, 'unknown'), (new_school, lead, lead_name, 'unknown');
  insert into app.accounts (school_id, id, person_id, name) values (new_school, account, administrator, lower(account_name)), (new_school, lead_account, lead, lower(lead_account_name));
  insert into app.account_secrets (school_id, account_id, password_hash) values (new_school, account, administrator_hash), (new_school, lead_account, lead_hash);
  insert into app.grants (school_id, id, person_id, role, scope, starts_at, reason) values
    (new_school, grant_ids[1], administrator, 'administrator', 'school', statement_timestamp(), 'first set-up'),
    (new_school, grant_ids[2], lead, 'lead_counsellor', 'school', statement_timestamp(), 'first set-up'),
    (new_school, grant_ids[3], lead, 'counsellor', 'school', statement_timestamp(), 'first set-up');
  insert into app.duty_slots (school_id, id, duty, position, person_id, starts_at) values
    (new_school, grant_ids[4], 'red', 1, lead, statement_timestamp()),
    (new_school, grant_ids[5], 'counsellor', 1, lead, statement_timestamp());
  return new_school;
end $function$
;
execute: shaodian_app;

-- The pupils for whom the person who asks has broken the glass now, and of which others are being told; empty for nearly everybody
CREATE OR REPLACE FUNCTION sec.glass_pupils()
 RETURNS uuid[]
 LANGUAGE sql
 STABLE PARALLEL RESTRICTED SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select coalesce(array_agg(g.pupil_id), '{}') from app.break_glass g
  where g.school_id = (select sec.school()) and g.person_id = (select sec.uid())
    and g.ended_at is null and g.expires_at > statement_timestamp() and (select sec.has_role('school_leader'))
    and exists (select from app.outbox o where o.school_id = g.school_id and o.topic = 'break_glass.opened' and o.subject_id = g.id) $function$
;
execute: shaodian_app;

-- A grant that somebody ends is over at once, with the sessions of the person and, for a committee member, the seat
CREATE OR REPLACE FUNCTION sec.grant_ended()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  new.ends_at := statement_timestamp();
  update app.sessions s set revoked_at = clock_timestamp()
    where s.school_id = new.school_id and s.person_id = new.person_id and s.revoked_at is null;
  if new.role = 'committee_member' then
    update app.committee_seats c set ends_on = greatest(c.starts_on, current_date)
      where c.school_id = new.school_id and c.person_id = new.person_id and c.class_id = new.class_id and c.ends_on is null;
  end if;
  return new;
end $function$
;
execute: nobody;

-- Whether the person who asks holds one of the roles now, whatever its scope
CREATE OR REPLACE FUNCTION sec.has_role(VARIADIC roles text[])
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL RESTRICTED SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select exists (select from app.grants g
    where g.school_id = (select sec.school()) and g.person_id = (select sec.uid()) and g.role = any (roles)
      and g.starts_at <= statement_timestamp() and (g.ends_at is null or g.ends_at > statement_timestamp())) $function$
;
execute: shaodian_app, shaodian_audit_writer, shaodian_worker;

-- Whether the worker asks, for one school: it tells what happened and carries out missed clocks
CREATE OR REPLACE FUNCTION sec.is_delivery()
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL RESTRICTED SECURITY DEFINER
 SET search_path TO ''
AS $function$ select coalesce((sec.context())[2] = 'delivery', false) $function$
;
execute: shaodian_app, shaodian_worker;

-- Whether this account name was signed in from this device before
CREATE OR REPLACE FUNCTION sec.is_known_device(in_school integer, subject bytea, device bytea)
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select exists (select from app.sign_in_attempts t
    where t.school_id = in_school and t.subject_sha256 = subject and t.device_sha256 = device and t.known) $function$
;
execute: shaodian_app;

-- Whether the API itself asks, for a school and for nobody in it: checkpoints, refused sign-ins
CREATE OR REPLACE FUNCTION sec.is_system()
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL RESTRICTED SECURITY DEFINER
 SET search_path TO ''
AS $function$ select coalesce((sec.context())[2] = 'system', false) $function$
;
execute: shaodian_app, shaodian_worker;

-- Whose roles the one who asks has ended in this transaction, also where an approved role replaced theirs
CREATE OR REPLACE FUNCTION sec.just_relieved()
 RETURNS uuid[]
 LANGUAGE sql
 STABLE PARALLEL RESTRICTED SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select coalesce(array_agg(distinct g.person_id), '{}') from app.grants g
  where g.school_id = (select sec.school()) and g.ended_by = (select sec.uid()) and g.ends_at >= transaction_timestamp()
    and (select sec.has_role('administrator', 'school_leader', 'lead_counsellor')) $function$
;
execute: shaodian_app;

-- Somebody has signed in from this device: its guesses are counted apart from now on, and those of strangers begin anew
CREATE OR REPLACE FUNCTION sec.know_device(subject bytea, device bytea)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  delete from app.sign_in_attempts t where t.school_id = sec.school() and t.subject_sha256 = subject and not t.known;
  delete from app.sign_in_attempts t where t.school_id = sec.school() and not t.known and t.last_failure_at < clock_timestamp() - interval '15 minutes';
  insert into app.sign_in_attempts (school_id, subject_sha256, device_sha256, failures, last_failure_at, known)
    values (sec.school(), subject, device, 0, clock_timestamp(), true)
    on conflict (school_id, subject_sha256, device_sha256) do update set failures = 0, known = true;
end $function$
;
execute: nobody;

-- The schools whose chains are to be signed and verified
CREATE OR REPLACE FUNCTION sec.list_school_ids()
 RETURNS TABLE(id integer, code text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$ select s.id, s.code from app.schools s order by s.id $function$
;
execute: shaodian_app, shaodian_worker;

-- Schools a person may name at sign-in
CREATE OR REPLACE FUNCTION sec.list_schools()
 RETURNS TABLE(code text, name text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$ select s.code, s.name from app.schools s order by s.id $function$
;
execute: shaodian_app;

-- The reporter mark of the person who asks: HMAC(school key, person), made outside the database
CREATE OR REPLACE FUNCTION sec.mark()
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL RESTRICTED SECURITY DEFINER
 SET search_path TO ''
AS $function$ select case when c[2] = 'person' then c[5] end from (select sec.context() as c) x $function$
;
execute: shaodian_app, shaodian_audit_writer, shaodian_worker;

-- Whether a role that the person who asks holds now must not be without a second factor; nobody in the demo
CREATE OR REPLACE FUNCTION sec.must_have_factor()
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select exists (select from app.schools s where s.id = sec.school() and not s.is_demo)
    and exists (select from app.grants g where g.school_id = sec.school() and g.person_id = sec.uid()
      and g.role in ('counsellor', 'lead_counsellor', 'school_leader', 'data_protection_officer')
      and g.starts_at <= statement_timestamp() and (g.ends_at is null or g.ends_at > statement_timestamp())) $function$
;
execute: nobody;

-- That I handed in, and when, after the 48 hours in which I may read it again
CREATE OR REPLACE FUNCTION sec.my_report_months()
 RETURNS TABLE(report_id uuid, month date, submitted_at timestamp with time zone)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select b.report_id, b.month, b.submitted_at from app.monthly_report_bodies b
  where b.school_id = (select sec.school()) and b.reporter_mark = (select sec.mark()) $function$
;
execute: shaodian_app;

-- Whether the person who asks is on this duty list now
CREATE OR REPLACE FUNCTION sec.on_duty(duty_name text)
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL RESTRICTED SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select exists (select from app.duty_slots d
    where d.school_id = (select sec.school()) and d.person_id = (select sec.uid()) and d.duty = duty_name
      and d.starts_at <= statement_timestamp() and (d.ends_at is null or d.ends_at > statement_timestamp())) $function$
;
execute: shaodian_app, shaodian_worker;

-- The link of one's own message of a drill was followed
CREATE OR REPLACE FUNCTION sec.open_drill_message(message uuid)
 RETURNS uuid
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
  update app.messages m set opened_at = coalesce(m.opened_at, pg_catalog.statement_timestamp()),
    state = case when m.state in ('sent', 'delivered') then 'opened' else m.state end
  where m.school_id = (select sec.school()) and m.id = message and m.person_id = (select sec.uid()) and m.drill_id is not null
  returning m.drill_id $function$
;
execute: shaodian_app;

-- The sealed reporter behind an observation: to a counsellor who gave the password again, against an opening of this transaction
CREATE OR REPLACE FUNCTION sec.open_reporter(opening uuid)
 RETURNS TABLE(mark text, kek_id text, sealed_person bytea)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select r.mark, r.kek_id, r.sealed_person
  from app.reporter_openings o
  join app.observation_details d on d.school_id = o.school_id and d.observation_id = o.observation_id and d.pupil_id = o.pupil_id
  join app.reporter_seals r on r.school_id = d.school_id and r.mark = d.reporter_mark
  where o.school_id = (select sec.school()) and o.id = opening and o.opened_by = (select sec.uid())
    and o.opened_at >= transaction_timestamp() and (select sec.stepped_up())
    and d.class_id = any ((select sec.classes_as('counsellor', 'lead_counsellor'))::int[]) $function$
;
execute: shaodian_app;

-- Opens a session for the person of the signed context, after the API has checked the password, and says what it waits for
CREATE OR REPLACE FUNCTION sec.open_session(session_id uuid, for_account uuid, token bytea, device_label text, subject bytea, device bytea, idle integer, absolute integer)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  stage text := case
    when exists (select from app.second_factors f where f.school_id = sec.school() and f.person_id = sec.uid() and f.confirmed_at is not null) then 'code'
    when sec.must_have_factor() then 'enrolment' else 'whole' end;
  lasts int := case stage when 'whole' then absolute else least(absolute, 600) end;
begin
  if not exists (select from app.accounts a where a.school_id = sec.school() and a.id = for_account and a.person_id = sec.uid() and a.disabled_at is null) then
    raise exception 'session refused' using errcode = '28000';
  end if;
  insert into app.sessions (school_id, id, account_id, person_id, token_sha256, device, created_at, last_seen_at, expires_at, idle_seconds, stage)
    values (sec.school(), session_id, for_account, sec.uid(), token, left(device_label, 200), clock_timestamp(), clock_timestamp(),
      clock_timestamp() + make_interval(secs => lasts), idle, stage);
  -- The right password alone neither forgives guesses nor makes a device known: the guesses at the code go on counting.
  if stage <> 'code' then perform sec.know_device(subject, device); end if;
  delete from app.sign_in_attempts t where t.school_id = sec.school() and t.last_failure_at < clock_timestamp() - interval '180 days';
  return stage;
end $function$
;
execute: shaodian_app;

-- What a person may know of their own second factor: never the secret
CREATE OR REPLACE FUNCTION sec.own_factor()
 RETURNS TABLE(on_since timestamp with time zone, codes_left integer, required boolean, offered boolean)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select (select f.confirmed_at from app.second_factors f where f.school_id = sec.school() and f.person_id = sec.uid() and f.confirmed_at is not null),
    (select count(*)::int from app.recovery_codes c where c.school_id = sec.school() and c.person_id = sec.uid() and c.used_at is null),
    sec.must_have_factor(),
    exists (select from app.staff s where s.school_id = sec.school() and s.id = sec.uid()) $function$
;
execute: shaodian_app;

-- Whose factor an administrator may reset; empty for everybody else
CREATE OR REPLACE FUNCTION sec.people_with_factor()
 RETURNS uuid[]
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select coalesce(array_agg(f.person_id), '{}') from app.second_factors f
  where f.school_id = sec.school() and f.confirmed_at is not null and sec.has_role('administrator') $function$
;
execute: shaodian_app;

-- The only way to a grant and to a committee seat: what one person proposed and another approved
CREATE OR REPLACE FUNCTION sec.proposal_approved()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if new.replaces and new.role = 'homeroom_teacher' then
    update app.grants g set ended_by = new.decided_by, end_reason = 'replaced'
      where g.school_id = new.school_id and g.role = 'homeroom_teacher' and g.class_id = new.class_id and g.person_id <> new.person_id
        and (g.ends_at is null or g.ends_at > statement_timestamp());
  end if;
  insert into app.grants (school_id, id, person_id, role, scope, grade_id, class_id, starts_at, ends_at, granted_by, approved_by, reason, proposal_id)
    values (new.school_id, gen_random_uuid(), new.person_id, new.role, new.scope, new.grade_id, new.class_id,
      greatest(new.starts_at, new.decided_at), new.ends_at, new.proposed_by, new.decided_by, new.reason, new.id);
  if new.seat is not null then
    insert into app.committee_seats (school_id, id, class_id, grade_id, seat, person_id, starts_on)
      select p.school_id, gen_random_uuid(), p.class_id, p.grade_id, new.seat, p.id, new.seat_from
      from app.pupils p where p.school_id = new.school_id and p.id = new.person_id and p.class_id = new.class_id;
    if not found then
      raise exception 'no pupil of this class' using errcode = '23514', constraint = 'grant_proposals_pupil_of_class';
    end if;
  end if;
  return null;
end $function$
;
execute: nobody;

-- When a decision was made is for nobody to say
CREATE OR REPLACE FUNCTION sec.proposal_decided()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  new.decided_at := statement_timestamp();
  return new;
end $function$
;
execute: nobody;

-- Through which a member of staff is sent a code that proves an address; sealed, and opened by the API alone
CREATE OR REPLACE FUNCTION sec.proving_channel(channel_kind text)
 RETURNS TABLE(id uuid, kek_id text, config bytea)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select c.id, c.kek_id, c.config from app.channels c where c.school_id = (select sec.school()) and c.kind = channel_kind and c.enabled
    and channel_kind in ('email', 'ringing') and exists (select from app.staff s where s.school_id = c.school_id and s.id = (select sec.uid()))
  order by c.created_at limit 1 $function$
;
execute: shaodian_app;

-- Pupils with an open alert that this person holds or has answered; for those who take roles and accounts away, so that the alerts are handed over
CREATE OR REPLACE FUNCTION sec.pupils_of_holder(holder uuid)
 RETURNS TABLE(pupil_id uuid, class_id integer, grade_id integer)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select distinct a.pupil_id, a.class_id, a.grade_id from app.alerts a
  where a.school_id = (select sec.school()) and (a.holder_id = holder or a.acknowledged_by = holder) and a.status <> 'closed'
    and ((select sec.has_role('administrator', 'school_leader', 'lead_counsellor')) or (select sec.is_system())) order by a.pupil_id $function$
;
execute: shaodian_app;

-- The purpose named at that moment, or null
CREATE OR REPLACE FUNCTION sec.purpose()
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL RESTRICTED SECURITY DEFINER
 SET search_path TO ''
AS $function$ select case when c[2] = 'person' and nullif(c[7], '')::bigint > extract(epoch from clock_timestamp()) then nullif(c[8], '') end from (select sec.context() as c) x $function$
;
execute: shaodian_app, shaodian_worker;

-- The program may raise an alert; lowering, closing and unlocking need a proposal agreed on in the same transaction
CREATE OR REPLACE FUNCTION sec.refuse_lone_lowering()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare ranks constant text[] := array['blue', 'yellow', 'orange', 'red'];
begin
  if current_user = 'shaodian_app' and ((new.status = 'closed' and old.status <> 'closed')
      or (old.guardian_locked and not new.guardian_locked)
      or pg_catalog.array_position(ranks, new.colour) < pg_catalog.array_position(ranks, old.colour))
    and not exists (select from app.alert_proposals p where p.school_id = new.school_id and p.alert_id = new.id and p.state = 'agreed'
      and p.agreed_in = pg_catalog.now()
      and p.act = case when new.status = 'closed' and old.status <> 'closed' then 'close' when old.guardian_locked and not new.guardian_locked then 'clear_guardian' else 'lower' end
      and (p.act <> 'lower' or p.colour = new.colour) and (p.act = 'lower' or new.colour = old.colour)
      and (p.act = 'close' or new.status = old.status) and (p.act = 'clear_guardian' or new.guardian_locked = old.guardian_locked)
      -- By the colour that it has, whatever the proposal says it had: a second person, who does not hold it.
      and (case when p.act = 'clear_guardian' then p.decided_by is not null
        when old.colour = any (array['orange', 'red']) then p.decided_by is not null and p.decided_by is distinct from old.holder_id
        else true end)) then
    raise exception 'an alert is closed, lowered or unlocked by what people agreed on alone' using errcode = 'check_violation';
  end if;
  return new;
end $function$
;
execute: nobody;

-- New recovery codes; those before are good no more
CREATE OR REPLACE FUNCTION sec.replace_recovery_codes(codes bytea[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  delete from app.recovery_codes c where c.school_id = sec.school() and c.person_id = sec.uid();
  insert into app.recovery_codes (school_id, person_id, code_sha256) select sec.school(), sec.uid(), x from unnest(codes) x;
end $function$
;
execute: shaodian_app;

-- Erases again what the shred list names, after a restore or a start that was cut off, and closes the request
CREATE OR REPLACE FUNCTION sec.replay_shred(pupil uuid, reporter_mark text, approver uuid, listed_at timestamp with time zone)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if not sec.is_system() then raise exception 'for the program itself' using errcode = '42501'; end if;
  update app.erasures e set approved_at = listed_at, approved_by = nullif(approver, e.requested_by)
    where e.school_id = sec.school() and e.pupil_id = pupil and e.approved_at is null;
  return sec.shred_pupil(pupil, reporter_mark);
end $function$
;
execute: shaodian_worker;

-- By an administrator, of somebody else: the factor, its recovery codes and every session end, and it is told in the same transaction
CREATE OR REPLACE FUNCTION sec.reset_factor(for_account uuid, telling uuid, happened_at timestamp with time zone)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  person uuid;
begin
  if not sec.has_role('administrator') then return 'not-allowed'; end if;
  select a.person_id into person from app.accounts a where a.school_id = sec.school() and a.id = for_account;
  if person is null then return 'not-found'; end if;
  if person = sec.uid() then return 'not-allowed'; end if;
  delete from app.recovery_codes c where c.school_id = sec.school() and c.person_id = person;
  delete from app.second_factors f where f.school_id = sec.school() and f.person_id = person and f.confirmed_at is not null;
  if not found then return 'not-set-up'; end if;
  delete from app.second_factors f where f.school_id = sec.school() and f.person_id = person;
  update app.sessions s set revoked_at = clock_timestamp()
    where s.school_id = sec.school() and s.person_id = person and s.revoked_at is null;
  insert into app.outbox (school_id, id, topic, subject_id, at) values (sec.school(), telling, 'second_factor.reset', person, happened_at);
  return 'reset';
end $function$
;
execute: shaodian_app;

-- Roles that somebody who can sign in holds now for the whole school; for those who take roles away
CREATE OR REPLACE FUNCTION sec.roles_held()
 RETURNS text[]
 LANGUAGE sql
 STABLE PARALLEL RESTRICTED SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select coalesce(array_agg(distinct g.role), '{}') from app.grants g
  where g.school_id = (select sec.school()) and g.scope = 'school' and (select sec.has_role('administrator', 'school_leader'))
    and g.starts_at <= statement_timestamp() and (g.ends_at is null or g.ends_at > statement_timestamp())
    and exists (select from app.accounts a where a.school_id = g.school_id and a.person_id = g.person_id and a.disabled_at is null) $function$
;
execute: shaodian_app;

-- The school of the verified context, or null
CREATE OR REPLACE FUNCTION sec.school()
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL RESTRICTED SECURITY DEFINER
 SET search_path TO ''
AS $function$ select ((sec.context())[3])::int $function$
;
execute: shaodian_app, shaodian_audit_writer, shaodian_worker;

-- By the account's owner, or the first one by an administrator: whoever could set it again could approve in another's name. Ends the sessions of the account
CREATE OR REPLACE FUNCTION sec.set_password(for_account uuid, new_hash text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if not exists (select from app.accounts a where a.school_id = sec.school() and a.id = for_account
      and (a.person_id = sec.uid() or (sec.has_role('administrator')
        and not exists (select from app.account_secrets k where k.school_id = a.school_id and k.account_id = a.id)))) then
    raise exception 'password refused' using errcode = '42501';
  end if;
  insert into app.account_secrets (school_id, account_id, password_hash) values (sec.school(), for_account, new_hash)
    on conflict (school_id, account_id) do update set password_hash = excluded.password_hash;
  update app.sessions s set revoked_at = clock_timestamp()
    where s.school_id = sec.school() and s.account_id = for_account and s.revoked_at is null;
end $function$
;
execute: shaodian_app;

-- One's own messages of a drill are answered, and nothing more is sent
CREATE OR REPLACE FUNCTION sec.settle_drill_messages(drill uuid)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
  update app.messages m set acknowledged_at = pg_catalog.statement_timestamp(), state = case when m.state = 'queued' then 'stopped' else 'acknowledged' end
  where m.school_id = (select sec.school()) and m.drill_id = drill and m.person_id = (select sec.uid()) and m.state <> 'failed' $function$
;
execute: shaodian_app;

-- Deletes the keys of a pupil and blanks what names them; called by the two functions below only. Twice is as once
CREATE OR REPLACE FUNCTION sec.shred_pupil(pupil uuid, reporter_mark text)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  in_school constant int := sec.school();
  gone jsonb := '{}';
  n int;
begin
  delete from app.data_keys k where k.school_id = in_school and (k.subject_kind = 'roster_import' or k.subject_kind = 'pupil' and k.subject_id = pupil);
  get diagnostics n = row_count; gone := gone || jsonb_build_object('keys', n);
  delete from app.reporter_seals s where s.school_id = in_school and s.mark = reporter_mark;
  get diagnostics n = row_count; gone := gone || jsonb_build_object('seals', n);
  update app.observation_details d set words = null where d.school_id = in_school and d.pupil_id = pupil and d.words is not null;
  get diagnostics n = row_count; gone := gone || jsonb_build_object('words', n);
  update app.alert_events v set note = null where v.school_id = in_school and v.note is not null
    and v.alert_id = any (array(select a.id from app.alerts a where a.school_id = in_school and a.pupil_id = pupil));
  get diagnostics n = row_count; gone := gone || jsonb_build_object('eventNotes', n);
  update app.alerts a set note = null where a.school_id = in_school and a.pupil_id = pupil and a.note is not null;
  get diagnostics n = row_count; gone := gone || jsonb_build_object('notes', n);
  update app.roster_imports i set sealed_rows = null, applicable = false where i.school_id = in_school and i.sealed_rows is not null;
  get diagnostics n = row_count; gone := gone || jsonb_build_object('imports', n);
  update app.pupils p set name = '已删除', sex = 'unknown', erased_at = coalesce(p.erased_at, statement_timestamp()) where p.school_id = in_school and p.id = pupil;
  get diagnostics n = row_count; gone := gone || jsonb_build_object('names', n);
  update app.pupil_records r set student_no = null, student_no_mark = null, student_no_last4 = null, national_id_mark = null, national_id_last4 = null, birth_date = null, boards = null
    where r.school_id = in_school and r.pupil_id = pupil;
  get diagnostics n = row_count; gone := gone || jsonb_build_object('records', n);
  delete from app.account_secrets x where x.school_id = in_school
    and x.account_id = any (array(select a.id from app.accounts a where a.school_id = in_school and a.person_id = pupil));
  update app.accounts a set name = 'erased-' || left(a.id::text, 13), disabled_at = coalesce(a.disabled_at, statement_timestamp())
    where a.school_id = in_school and a.person_id = pupil;
  get diagnostics n = row_count; gone := gone || jsonb_build_object('accounts', n);
  update app.sessions s set revoked_at = coalesce(s.revoked_at, statement_timestamp()), device = '' where s.school_id = in_school and s.person_id = pupil;
  update app.grants g set ends_at = statement_timestamp() where g.school_id = in_school and g.person_id = pupil and g.ends_at is null;
  get diagnostics n = row_count; gone := gone || jsonb_build_object('grants', n);
  update app.committee_seats c set ends_on = greatest(c.starts_on, current_date) where c.school_id = in_school and c.person_id = pupil and c.ends_on is null;
  get diagnostics n = row_count; gone := gone || jsonb_build_object('seats', n);
  return gone;
end $function$
;
execute: nobody;

-- Keeps a new sealed secret beside the one in use, until a code confirms it; for staff
CREATE OR REPLACE FUNCTION sec.start_factor(factor uuid, in_kek text, in_secret bytea)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if not exists (select from app.staff s where s.school_id = sec.school() and s.id = sec.uid()) then return false; end if;
  insert into app.second_factors (school_id, id, person_id, kek_id, secret) values (sec.school(), factor, sec.uid(), in_kek, in_secret)
    on conflict (school_id, person_id, (confirmed_at is null)) do update
    set id = excluded.id, kek_id = excluded.kek_id, secret = excluded.secret, started_at = excluded.started_at;
  return true;
end $function$
;
execute: shaodian_app;

-- Gives a session of the person who asks another token and ten minutes of step-up, after the API has checked the password; null when the old token is no longer the session's
CREATE OR REPLACE FUNCTION sec.step_up(in_session uuid, old_token bytea, new_token bytea, in_purpose text, subject bytea, device bytea)
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  until timestamptz := clock_timestamp() + interval '10 minutes';
begin
  update app.sessions s set token_sha256 = new_token, stepped_up_until = until, step_up_purpose = in_purpose
    where s.school_id = sec.school() and s.id = in_session and s.person_id = sec.uid() and s.token_sha256 = old_token
      and s.revoked_at is null and s.expires_at > clock_timestamp();
  if not found then return null; end if;
  delete from app.sign_in_attempts t where t.school_id = sec.school() and t.subject_sha256 = subject and not t.known;
  update app.sign_in_attempts t set failures = 0
    where t.school_id = sec.school() and t.subject_sha256 = subject and t.device_sha256 = device;
  return until;
end $function$
;
execute: shaodian_app;

-- Whether the person who asks gave the password again within the last ten minutes
CREATE OR REPLACE FUNCTION sec.stepped_up()
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL RESTRICTED SECURITY DEFINER
 SET search_path TO ''
AS $function$ select coalesce(c[2] = 'person' and nullif(c[7], '')::bigint > extract(epoch from clock_timestamp()), false) from (select sec.context() as c) x $function$
;
execute: shaodian_app, shaodian_worker;

-- How many seats of each grade handed in the report of a month; for those who see the school's board
CREATE OR REPLACE FUNCTION sec.submission_counts(for_month date)
 RETURNS TABLE(grade_id integer, seats integer, submitted integer, late integer)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  with seats as (select s.grade_id, s.class_id, count(*) as held from app.committee_seats s
      where s.school_id = (select sec.school()) and s.ends_on is null group by s.grade_id, s.class_id),
    reports as (select r.class_id, count(*) as sent, count(*) filter (where r.late) as late from app.monthly_reports r
      where r.school_id = (select sec.school()) and r.month = for_month group by r.class_id)
  select s.grade_id, sum(s.held)::int, sum(least(coalesce(r.sent, 0), s.held))::int, sum(least(coalesce(r.late, 0), s.held))::int
  from seats s left join reports r on r.class_id = s.class_id
  where (select sec.has_role('school_leader', 'counsellor', 'lead_counsellor', 'data_protection_officer'))
  group by s.grade_id $function$
;
execute: shaodian_app;

-- The row that has been due longest and that nobody holds, of any school; held until this transaction ends
CREATE OR REPLACE FUNCTION sec.take_outbox()
 RETURNS TABLE(school_id integer, id uuid, topic text, subject_id uuid, at timestamp with time zone, attempts integer)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select o.school_id, o.id, o.topic, o.subject_id, o.at, o.attempts from app.outbox o
  where o.delivered_at is null and o.next_at <= pg_catalog.clock_timestamp()
  order by o.next_at limit 1 for update skip locked $function$
;
execute: shaodian_worker;

-- Names the alert to listening API processes at commit; ids only
CREATE OR REPLACE FUNCTION sec.tell_alert_changed()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform pg_catalog.pg_notify('shaodian_alerts', new.school_id || ':' || new.id);
  return null;
end $function$
;
execute: nobody;

-- That one counsellor keeps another away is to be told, whoever wrote it
CREATE OR REPLACE FUNCTION sec.tell_exclusion()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  insert into app.outbox (school_id, id, topic, subject_id, at)
    select new.school_id, gen_random_uuid(), 'exclusion.counsellor', new.id, statement_timestamp()
    where new.person_id <> new.decided_by and exists (select from app.grants g where g.school_id = new.school_id and g.person_id = new.person_id
      and g.role in ('counsellor', 'lead_counsellor') and g.starts_at <= statement_timestamp() and (g.ends_at is null or g.ends_at > statement_timestamp()));
  return null;
end $function$
;
execute: nobody;

-- Names the notice and whom it is for to listening API processes at commit; ids only
CREATE OR REPLACE FUNCTION sec.tell_notice_arrived()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform pg_catalog.pg_notify('shaodian_notices', new.school_id || ':' || new.id || ':' || new.person_id);
  return null;
end $function$
;
execute: nobody;

-- Wakes the workers at commit; says nothing about what is in it
CREATE OR REPLACE FUNCTION sec.tell_outbox_filled()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform pg_catalog.pg_notify('shaodian_outbox', '');
  return null;
end $function$
;
execute: nobody;

-- The person who asks, or null when nobody does
CREATE OR REPLACE FUNCTION sec.uid()
 RETURNS uuid
 LANGUAGE sql
 STABLE PARALLEL RESTRICTED SECURITY DEFINER
 SET search_path TO ''
AS $function$ select case when c[2] = 'person' then c[4]::uuid end from (select sec.context() as c) x $function$
;
execute: shaodian_app, shaodian_audit_writer, shaodian_worker;

-- Staff whose account is disabled, or who have none; for the rules, when they look for who holds an alert, and empty for everybody else
CREATE OR REPLACE FUNCTION sec.unable_to_sign_in()
 RETURNS uuid[]
 LANGUAGE sql
 STABLE PARALLEL RESTRICTED SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select coalesce(array_agg(s.id), '{}') from app.staff s
  where s.school_id = (select sec.school()) and ((select sec.evaluated_pupil()) is not null or (select sec.is_delivery()))
    and not exists (select from app.accounts a where a.school_id = s.school_id and a.person_id = s.id and a.disabled_at is null) $function$
;
execute: shaodian_app, shaodian_worker;

-- Takes the code of a half-minute once: false when it, or a later one, was taken before, however many ask at the same time
CREATE OR REPLACE FUNCTION sec.use_factor(factor uuid, step bigint)
 RETURNS boolean
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
  with used as (
    update app.second_factors f set last_used_step = step, last_used_at = transaction_timestamp()
    where f.school_id = sec.school() and f.person_id = sec.uid() and f.id = factor and f.last_used_step < step returning true)
  select exists (select from used) $function$
;
execute: shaodian_app;

-- Takes a recovery code once
CREATE OR REPLACE FUNCTION sec.use_recovery_code(code bytea)
 RETURNS boolean
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
  with used as (
    update app.recovery_codes c set used_at = transaction_timestamp()
    where c.school_id = sec.school() and c.person_id = sec.uid() and c.code_sha256 = code and c.used_at is null returning true)
  select exists (select from used) $function$
;
execute: shaodian_app;
