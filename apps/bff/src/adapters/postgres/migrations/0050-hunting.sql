-- Queries that people keep. Shared ones are seen by everyone and changed by their owner.
create table hunting_queries (
  id text primary key,
  owner text not null,
  name text not null,
  description text not null default '',
  query text not null,
  shared boolean not null default false,
  tactic text,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);
create index hunting_queries_seen on hunting_queries (owner, name);

-- The last runs of everyone, 30 each.
create table hunting_runs (
  id bigint generated always as identity primary key,
  owner text not null,
  at timestamptz(3) not null default now(),
  query text not null,
  timespan text,
  state text not null,
  ms int not null,
  rows int
);
create index hunting_runs_owner on hunting_runs (owner, id desc);
