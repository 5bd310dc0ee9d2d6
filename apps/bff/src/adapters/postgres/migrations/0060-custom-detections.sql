-- Queries of people that raise alerts, when they ran and what they cost.
create table custom_detections (
  id text primary key,
  name text not null,
  definition jsonb not null,
  enabled boolean not null,
  paused boolean not null default false,
  note text,
  version int not null default 1,
  created_by text not null,
  created_at timestamptz(3) not null default now(),
  updated_by text not null,
  updated_at timestamptz(3) not null default now(),
  -- What has been evaluated: the end of the last span, or the last ingest batch.
  covered_to timestamptz(3),
  covered_batch bigint,
  -- Rows up to here were judged by an earlier mapping and raise nothing again.
  raise_after timestamptz(3),
  next_run timestamptz(3) not null default now(),
  run_requested_by text,
  failures int not null default 0,
  lease_until timestamptz(3)
);
create unique index custom_detections_name on custom_detections (lower(name));
create index custom_detections_due on custom_detections (next_run);

create table custom_detection_runs (
  id bigint generated always as identity primary key,
  detection_id text not null references custom_detections (id) on delete cascade,
  kind text not null,
  state text not null,
  started_at timestamptz(3) not null default now(),
  finished_at timestamptz(3),
  from_time timestamptz(3) not null,
  to_time timestamptz(3) not null,
  requested_by text,
  rows int not null default 0,
  alerts int not null default 0,
  repeats int not null default 0,
  ms double precision not null default 0,
  rows_read bigint not null default 0,
  bytes_read bigint not null default 0,
  error text,
  notes jsonb not null default '[]'
);
create index custom_detection_runs_newest on custom_detection_runs (detection_id, id desc);

create table custom_detection_days (
  detection_id text not null references custom_detections (id) on delete cascade,
  day date not null,
  runs int not null default 0,
  failed int not null default 0,
  ms double precision not null default 0,
  rows_read bigint not null default 0,
  bytes_read bigint not null default 0,
  primary key (detection_id, day)
);

-- Rows that have raised or joined an alert: evaluating a span again must not double one.
create table custom_detection_seen (
  detection_id text not null references custom_detections (id) on delete cascade,
  row_key bytea not null,
  row_time timestamptz(3) not null,
  primary key (detection_id, row_key)
);
create index custom_detection_seen_age on custom_detection_seen (detection_id, row_time);

-- Responses that new alerts ask for; each becomes an action that waits for a second person.
create table custom_detection_requests (
  alert_id text not null,
  target_key text not null,
  detection_id text not null references custom_detections (id) on delete cascade,
  type text not null,
  comment text not null,
  requested_for text not null,
  state text not null default 'wanted',
  action_id text,
  detail text not null default '',
  at timestamptz(3) not null default now(),
  primary key (alert_id, target_key)
);
create index custom_detection_requests_wanted on custom_detection_requests (at) where state = 'wanted';

alter table alerts add column detection_source text not null default 'Containers';
alter table alerts add column origin jsonb;
alter table incidents add column detection_sources text[] not null default '{Containers}';
create index alerts_custom on alerts (rule_id, last_activity desc) where detection_source = 'Custom detection';
