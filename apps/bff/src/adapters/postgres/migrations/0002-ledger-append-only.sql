-- The ledger only ever grows: whoever wants to change it must first remove this trigger, and the chain still tells.
create function refuse_ledger_change() returns trigger language plpgsql as $$
begin
  raise exception 'The ledger is append-only.' using errcode = 'insufficient_privilege';
end
$$;
create trigger ledger_append_only before update or delete on ledger
  for each row execute function refuse_ledger_change();
create trigger ledger_no_truncate before truncate on ledger
  for each statement execute function refuse_ledger_change();

-- One alert per dedupe key and window is looked up while its incident is open.
create index alert_entities_incident on alert_entities (incident_id);
