-- State of the console. Cursor columns are timestamptz(3): a JavaScript Date holds milliseconds, and a cursor made from
-- one would otherwise skip rows.

create table accounts (
  name text primary key,
  display_name text not null default '',
  role text not null,
  password_hash text not null,
  locked boolean not null default false,
  created_at timestamptz(3) not null default now(),
  last_sign_in_at timestamptz(3)
);

create table sessions (
  id_hash text primary key,
  account text not null references accounts (name) on delete cascade,
  data jsonb not null default '{}',
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null
);
create index sessions_expiry on sessions (expires_at);

create table tokens (
  id text primary key,
  kind text not null,
  name text not null,
  secret_hash text not null unique,
  role text,
  cluster text,
  created_by text not null,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3),
  last_used_at timestamptz(3)
);

create table incidents (
  id bigint generated always as identity primary key,
  name text not null,
  name_is_custom boolean not null default false,
  severity text not null,
  severity_is_custom boolean not null default false,
  status text not null default 'new',
  priority_score int not null default 0,
  priority_factors jsonb not null default '[]',
  assigned_to text,
  classification text,
  determination text,
  resolution_note text,
  tags text[] not null default '{}',
  categories text[] not null default '{}',
  clusters text[] not null default '{}',
  namespaces text[] not null default '{}',
  impacted_assets jsonb not null default '[]',
  active_alerts int not null default 0,
  total_alerts int not null default 0,
  first_activity timestamptz(3) not null,
  last_activity timestamptz(3) not null,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  redirected_to bigint references incidents (id),
  version int not null default 1
);
create index incidents_queue on incidents (updated_at desc, id desc);
create index incidents_status on incidents (status, updated_at desc, id desc);
create index incidents_last_activity on incidents (last_activity desc);

create table alerts (
  id text primary key,
  incident_id bigint not null references incidents (id),
  rule_id text not null,
  title text not null,
  description text not null,
  severity text not null,
  status text not null default 'new',
  tier text not null,
  tactics text[] not null default '{}',
  techniques text[] not null default '{}',
  cluster text not null,
  namespace text,
  dedupe_key text not null,
  first_activity timestamptz(3) not null,
  last_activity timestamptz(3) not null,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  occurrences int not null default 1,
  correlation jsonb not null,
  evidence jsonb not null default '[]',
  relations jsonb not null default '[]',
  events jsonb not null default '[]',
  response jsonb not null default '[]',
  false_positives jsonb not null default '[]'
);
create index alerts_incident on alerts (incident_id, first_activity);
create index alerts_queue on alerts (last_activity desc, id desc);
create index alerts_dedupe on alerts (dedupe_key, last_activity desc);

-- Which entities an alert names: what correlation and entity panes look up.
create table alert_entities (
  alert_id text not null references alerts (id) on delete cascade,
  entity_key text not null,
  uid text,
  role text not null,
  incident_id bigint not null,
  last_activity timestamptz(3) not null,
  primary key (alert_id, entity_key)
);
create index alert_entities_key on alert_entities (entity_key, last_activity desc);

create table activities (
  id bigint generated always as identity primary key,
  incident_id bigint not null references incidents (id),
  at timestamptz(3) not null default now(),
  actor text not null,
  kind text not null,
  text text not null,
  from_value text,
  to_value text
);
create index activities_incident on activities (incident_id, at desc, id desc);

-- Inventory: one row per object life (key + uid). `gone_at` keeps the history of what was there.
create table entities (
  key text not null,
  uid text not null,
  kind text not null,
  cluster text not null,
  namespace text,
  name text not null,
  labels jsonb not null default '{}',
  manifest jsonb not null default '{}',
  resource_version text,
  first_seen timestamptz(3) not null default now(),
  last_seen timestamptz(3) not null default now(),
  gone_at timestamptz(3),
  primary key (key, uid)
);
create index entities_current on entities (cluster, kind, namespace) where gone_at is null;

create table actions (
  id text primary key,
  idempotency_key text,
  type text not null,
  state text not null,
  cluster text not null,
  namespace text not null,
  target_key text not null,
  target_name text not null,
  target_uid text not null,
  comment text not null,
  source text not null,
  requested_by text not null,
  incident_id bigint,
  requested_at timestamptz(3) not null default now(),
  applied_at timestamptz(3),
  verified_at timestamptz(3),
  ended_at timestamptz(3),
  updated_at timestamptz(3) not null default now(),
  expires_at timestamptz(3),
  undoes text references actions (id),
  undone_by text references actions (id),
  -- The whole record as the contract's Action, except the columns above, which are the truth for what they name.
  record jsonb not null,
  -- The plan with everything needed to resume after a crash and to undo.
  plan jsonb not null,
  lease_until timestamptz(3),
  lease_owner text,
  version int not null default 1,
  unique (requested_by, idempotency_key)
);
create index actions_queue on actions (requested_at desc, id desc);
create index actions_open on actions (state, updated_at);
create index actions_target on actions (target_key, requested_at desc);

create table evidence_bundles (
  action_id text primary key references actions (id),
  sha256 text not null,
  captured_at timestamptz(3) not null,
  content bytea not null
);

-- Append-only: who changed what, when, from what to what, why. Written in the transaction of the change.
create table ledger (
  seq bigint primary key,
  at timestamptz(3) not null,
  actor text not null,
  kind text not null,
  subject text not null,
  entry jsonb not null,
  previous_hash text not null,
  hash text not null
);

create table detection_state (
  name text primary key,
  state jsonb not null,
  updated_at timestamptz(3) not null default now()
);

create table rule_stats (
  rule_id text primary key,
  matches bigint not null default 0,
  last_match timestamptz(3)
);

create table set_aside (
  id bigint generated always as identity primary key,
  at timestamptz(3) not null default now(),
  cluster text not null,
  source text not null,
  reason text not null,
  excerpt text not null
);
create index set_aside_recent on set_aside (at desc, id desc);

create table coverage (
  cluster text not null,
  source text not null,
  first_received_at timestamptz(3),
  last_received_at timestamptz(3),
  last_event_at timestamptz(3),
  events bigint not null default 0,
  rejected bigint not null default 0,
  duplicates bigint not null default 0,
  levels text[] not null default '{}',
  primary key (cluster, source)
);

create table simulation_runs (
  id text primary key,
  scenario text not null,
  cluster text not null,
  namespace text,
  state text not null,
  started_by text not null,
  started_at timestamptz(3) not null default now(),
  finished_at timestamptz(3),
  progress jsonb not null default '[]',
  error text
);
