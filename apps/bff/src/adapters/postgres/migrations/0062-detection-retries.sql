-- Why a run failed; attempts that fail one after the other for a reason that passes share one row.
alter table custom_detection_runs add column cause text;
alter table custom_detection_runs add column attempts int not null default 1;
-- A response whose cluster was away is asked for again.
alter table custom_detection_requests add column attempts int not null default 0;
alter table custom_detection_requests add column next_try timestamptz(3) not null default now();
