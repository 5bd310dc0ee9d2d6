-- When the first open console was told of an alert is not yet when somebody could see it.
alter table alerts rename column visible_at to told_at;
alter table alerts add column shown_at timestamptz(3);
