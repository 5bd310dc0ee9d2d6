-- Clusters and namespaces that an account or token is limited to, {"clusters": […], "namespaces": […]}; null = everything.
alter table accounts add column scope jsonb;
alter table tokens add column scope jsonb;
