-- Two requests at the same moment must not both contain one pod.
create unique index actions_one_containment on actions (cluster, target_uid, type)
  where type in ('isolate-pod', 'restrict-pod')
    and state in ('pending-approval', 'requested', 'applied', 'verified', 'partly', 'not-verified', 'broken');

-- The lead's inbox.
create index actions_review on actions ((record -> 'review' ->> 'decision'), requested_at desc)
  where record -> 'review' ->> 'decision' is not null;
create index actions_group on actions ((record ->> 'groupId')) where record ->> 'groupId' is not null;

-- Settings that people change, each with its version; the change itself is in the ledger.
create table settings (
  name text primary key,
  value jsonb not null,
  version int not null default 1,
  updated_by text not null,
  updated_at timestamptz(3) not null default now()
);
