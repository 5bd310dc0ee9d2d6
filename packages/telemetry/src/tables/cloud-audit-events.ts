import { commonInternal, datetimeSql, nameSql, textSql, type Table } from './table.ts'

/** Kubernetes audit events as hunters know them from Microsoft Defender XDR's table of this name. */
export const cloudAuditEvents: Table = {
  name: 'CloudAuditEvents',
  title: 'Control plane events',
  doc: 'Requests to the Kubernetes API servers, one row per audited stage',
  documented: true,
  columns: [
    {
      name: 'Timestamp',
      type: 'datetime',
      doc: 'When the stage was reached, by the API server clock',
      sql: datetimeSql,
    },
    { name: 'ReportId', type: 'string', doc: 'Unique id: audit id and stage', sql: textSql },
    {
      name: 'DataSource',
      type: 'string',
      doc: 'Product that sent the event',
      sql: nameSql,
      values: [
        'Kubernetes Audit',
        'Azure Kubernetes Service',
        'Amazon Elastic Kubernetes Service',
        'Google Kubernetes Engine',
      ],
    },
    {
      name: 'ActionType',
      type: 'string',
      doc: 'Kind of operation',
      sql: nameSql,
      values: ['Create', 'Read', 'Update', 'Delete', 'Other', 'Unknown'],
    },
    { name: 'OperationName', type: 'string', doc: 'Audit verb, e.g. create, get, deletecollection', sql: nameSql },
    { name: 'ResourceId', type: 'string', doc: 'Cloud resource id of the cluster, else its name here', sql: nameSql },
    {
      name: 'IPAddress',
      type: 'string',
      doc: 'Peer address: the last of sourceIPs, which the client cannot choose',
      sql: nameSql,
      entity: 'ip',
    },
    {
      name: 'IsAnonymousProxy',
      type: 'bool',
      doc: 'Address is a known anonymous proxy; null while unknown',
      sql: 'Nullable(Bool)',
    },
    {
      name: 'CountryCode',
      type: 'string',
      doc: 'Two-letter country of the address, empty while unknown',
      sql: nameSql,
    },
    { name: 'City', type: 'string', doc: 'City of the address, empty while unknown', sql: nameSql },
    { name: 'Isp', type: 'string', doc: 'Provider of the address, empty while unknown', sql: nameSql },
    { name: 'UserAgent', type: 'string', doc: 'Client software as it names itself', sql: nameSql },
    {
      name: 'RawEventData',
      type: 'dynamic',
      doc: 'The whole audit event; its own members in Pascal case, e.g. ObjectRef.resource',
      sql: 'String CODEC(ZSTD(1))',
    },
    {
      name: 'AdditionalFields',
      type: 'dynamic',
      doc: 'ClusterName, Stage, Level, SourceIPs and ingest notes',
      sql: textSql,
    },
  ],
  internal: [
    ...commonInternal,
    { name: '_Namespace', sql: nameSql, doc: 'objectRef.namespace' },
    { name: '_Resource', sql: nameSql, doc: 'objectRef.resource' },
    { name: '_Subresource', sql: nameSql, doc: 'objectRef.subresource' },
    { name: '_Name', sql: textSql, doc: 'objectRef.name' },
    { name: '_User', sql: nameSql, doc: 'user.username' },
    { name: '_Stage', sql: nameSql, doc: 'stage' },
    { name: '_Code', sql: 'Int32', doc: 'responseStatus.code, 0 when absent' },
    { name: '_Event', sql: textSql, doc: 'Members of the normalised event that no other column holds, as JSON' },
  ],
  scope: { cluster: '_Cluster', namespace: '_Namespace' },
  promoted: {
    'RawEventData.ObjectRef.namespace': '_Namespace',
    'RawEventData.ObjectRef.resource': '_Resource',
    'RawEventData.ObjectRef.subresource': '_Subresource',
    'RawEventData.ObjectRef.name': '_Name',
    'RawEventData.User.username': '_User',
    'RawEventData.Stage': '_Stage',
    'RawEventData.ResponseStatus.code': '_Code',
    'AdditionalFields.ClusterName': '_Cluster',
  },
  orderBy: '(toStartOfHour(Timestamp), _Cluster, _Namespace, _Resource, Timestamp)',
  indexes: [
    'report_id ReportId TYPE bloom_filter(0.01) GRANULARITY 1',
    'user _User TYPE set(200) GRANULARITY 1',
    'verb OperationName TYPE set(20) GRANULARITY 1',
    'batch _Batch TYPE minmax GRANULARITY 1',
    'times Timestamp TYPE minmax GRANULARITY 1',
  ],
  samples: [
    {
      title: 'Privileged containers created',
      query:
        'CloudAuditEvents\n| where OperationName == "create" and RawEventData.ObjectRef.resource == "pods"\n| where isempty(RawEventData.ObjectRef.subresource) and RawEventData.ResponseStatus.code between (200 .. 299)\n| mv-expand Container = RawEventData.RequestObject.spec.containers\n| where Container.securityContext.privileged == true\n| project Timestamp, Namespace = tostring(RawEventData.ObjectRef.namespace), Pod = tostring(RawEventData.RequestObject.metadata.name), Container = tostring(Container.name), User = tostring(RawEventData.User.username), IPAddress, UserAgent',
    },
    {
      title: 'Commands run in kube-system through exec',
      query:
        'CloudAuditEvents\n| where RawEventData.ObjectRef.resource == "pods" and RawEventData.ObjectRef.subresource == "exec"\n| where RawEventData.ObjectRef.namespace == "kube-system" and RawEventData.ResponseStatus.code == 101\n| project Timestamp, Pod = tostring(RawEventData.ObjectRef.name), Uri = tostring(RawEventData.RequestURI), User = tostring(RawEventData.User.username), IPAddress',
    },
  ],
}
