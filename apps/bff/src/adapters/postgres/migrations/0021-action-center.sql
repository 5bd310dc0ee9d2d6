-- The Action center stays quick over years of actions: each filter with the usual order, and each other order.
create index actions_type on actions (type, requested_at desc, id desc);
create index actions_state on actions (state, requested_at desc, id desc);
create index actions_source on actions (source, requested_at desc, id desc);
create index actions_cluster on actions (cluster, requested_at desc, id desc);
create index actions_namespace on actions (namespace, requested_at desc, id desc);
create index actions_who on actions (requested_by, requested_at desc, id desc);
create index actions_incident on actions (incident_id, requested_at desc, id desc);
create index actions_by_update on actions (updated_at desc, id desc);
create index actions_by_type on actions (type, id);
create index actions_by_state on actions (state, id);
create index actions_by_cluster on actions (cluster, id);
create index actions_by_who on actions (requested_by, id);

-- Search within names and comments. A server without the extension, or an account that may not make it, searches slower.
do $$
begin
  create extension if not exists pg_trgm;
  create index actions_text on actions
    using gin (target_name gin_trgm_ops, comment gin_trgm_ops, requested_by gin_trgm_ops);
exception when feature_not_supported or undefined_file or insufficient_privilege or undefined_object then
  raise notice 'Search in actions has no index: %', sqlerrm;
end
$$;
