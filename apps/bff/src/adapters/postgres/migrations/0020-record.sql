-- Heads of the ledger, signed. Like the ledger they only ever grow.
create table ledger_checkpoints (
  seq bigint primary key,
  hash text not null,
  at timestamptz(3) not null,
  key_id text not null,
  signature text not null,
  public_key text not null
);
create trigger checkpoints_append_only before update or delete on ledger_checkpoints
  for each row execute function refuse_ledger_change();
create trigger checkpoints_no_truncate before truncate on ledger_checkpoints
  for each statement execute function refuse_ledger_change();

create index ledger_time on ledger (at, seq);
create index ledger_actor on ledger (actor, seq desc);
create index ledger_kind on ledger (kind, seq desc);
create index ledger_subject on ledger (subject, seq desc);

-- Who looked at an incident first, and when.
create table incident_seen (
  incident_id bigint not null,
  account text not null,
  at timestamptz(3) not null default now(),
  primary key (incident_id, account)
);

-- Where our record and a cluster's audit log differ. `key` names the difference, so that it is found once.
create table audit_findings (
  id bigint generated always as identity primary key,
  key text not null unique,
  kind text not null,
  state text not null default 'open',
  cluster text not null,
  namespace text not null,
  object text not null,
  text text not null,
  action_id text,
  event_id text,
  happened_at timestamptz(3) not null,
  found_at timestamptz(3) not null default now(),
  closed_at timestamptz(3),
  closed_by text,
  comment text,
  details jsonb not null default '{}'
);
create index audit_findings_time on audit_findings (found_at desc, id desc);
create index audit_findings_open on audit_findings (cluster) where state = 'open';

-- How far each cluster's audit log has been compared, or why it can't be.
create table audit_join (
  cluster text primary key,
  state text not null,
  detail text not null,
  compared_to timestamptz(3),
  checked_at timestamptz(3) not null
);

-- History depends on no other object's life.
alter table actions drop constraint actions_undoes_fkey, drop constraint actions_undone_by_fkey;
