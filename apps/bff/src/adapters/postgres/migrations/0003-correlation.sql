-- Correlation asks which pod has an address, and which Service.
create index entities_pod_ip on entities (cluster, (manifest -> 'status' ->> 'podIP')) where kind = 'pod';
create index entities_service_ip on entities (cluster, (manifest -> 'spec' ->> 'clusterIP')) where kind = 'service';
create index entities_labels on entities using gin (labels jsonb_path_ops) where gone_at is null;

-- A simulation's alerts are looked up by its namespace.
create index alerts_namespace on alerts (cluster, namespace, created_at desc);
