-- Tuning rules and maintenance windows, and what they did to alerts. An alert that is hidden has an incident of its own,
-- hidden too: every alert belongs to exactly one, and nothing that was raised is lost.
create table tuning_rules (
  id text primary key,
  kind text not null,
  name text not null,
  reason text not null,
  action text not null,
  severity text,
  scope jsonb not null,
  conditions jsonb not null,
  enabled boolean not null default true,
  starts_at timestamptz(3),
  expires_at timestamptz(3),
  created_by text not null,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  applied bigint not null default 0,
  last_applied timestamptz(3)
);

alter table alerts add column hidden boolean not null default false;
alter table alerts add column tuned_by text;
alter table alerts add column tuning jsonb;
alter table incidents add column hidden boolean not null default false;
create index alerts_tuned on alerts (tuned_by, last_activity desc) where tuned_by is not null;

-- Incidents that a person split: correlation doesn't join them again. a < b.
create table kept_apart (
  a bigint not null references incidents (id),
  b bigint not null references incidents (id),
  primary key (a, b)
);
