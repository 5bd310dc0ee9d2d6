-- The query and the rows that a person linked to an incident.
alter table alerts add column hunt jsonb;
