-- What each source sent, in spans of five minutes by our clock; cluster and source empty: Cordon itself was running.
create table coverage_spans (
  cluster text not null,
  source text not null,
  start timestamptz(3) not null,
  events bigint not null default 0,
  primary key (cluster, source, start)
);
create index coverage_spans_start on coverage_spans (start);

create table coverage_nodes (
  cluster text not null,
  source text not null,
  node text not null,
  first_seen timestamptz(3) not null,
  last_seen timestamptz(3) not null,
  events bigint not null default 0,
  primary key (cluster, source, node)
);

-- What a source has shown it can do, e.g. `body:pods`, `no-body:services`, `drift`.
create table coverage_abilities (
  cluster text not null,
  source text not null,
  ability text not null,
  last_seen timestamptz(3) not null,
  primary key (cluster, source, ability)
);

create table rule_settings (
  rule_id text primary key,
  enabled boolean not null,
  reason text not null,
  changed_by text not null,
  changed_at timestamptz(3) not null default now()
);

-- From the event's own time to the alert stored, and to the first console that was told.
alter table alerts add column source text;
alter table alerts add column event_at timestamptz(3);
alter table alerts add column stored_at timestamptz(3);
alter table alerts add column visible_at timestamptz(3);
