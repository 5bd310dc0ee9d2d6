-- Hours of the week in which a maintenance window repeats.
alter table tuning_rules add column schedule jsonb;

-- Tuning rules applied to alerts that were there before: what each alert was, so that it can be undone. Rules may be
-- deleted; what they did, and the way back, stays.
create table tuning_applications (
  id text primary key,
  rule_id text not null,
  applied_at timestamptz(3) not null default now(),
  applied_by text not null,
  days int not null,
  alerts int not null default 0,
  is_partial boolean not null default false,
  undone_at timestamptz(3),
  undone_by text,
  undone_reason text,
  restored int,
  left_alone int
);
create index tuning_applications_rule on tuning_applications (rule_id, applied_at desc);

create table tuning_applied (
  application_id text not null references tuning_applications (id) on delete cascade,
  alert_id text not null references alerts (id) on delete cascade,
  incident_id bigint not null,
  status text not null,
  severity text not null,
  tuned_by text,
  tuning jsonb,
  primary key (application_id, alert_id)
);

-- Incidents that an application closed, because nothing open was left in them and nobody had begun on them.
create table tuning_closed (
  application_id text not null references tuning_applications (id) on delete cascade,
  incident_id bigint not null,
  status text not null,
  hidden boolean not null,
  primary key (application_id, incident_id)
);
