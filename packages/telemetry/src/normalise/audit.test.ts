import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { eventFromRow, normaliseAudit, normaliseProcessEvents, storedRow, type TelemetryEvent } from '../index.ts'

const receivedAt = Date.parse('2026-11-20T12:00:00Z')
const ctx = { cluster: 'prod', receivedAt }
const audit = {
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'Metadata',
  auditID: 'a-1',
  stage: 'ResponseComplete',
  requestURI: '/api/v1/pods',
  verb: 'list',
  user: { username: 'alice' },
  sourceIPs: ['198.51.100.4', '10.0.0.9'],
  objectRef: { resource: 'pods', apiVersion: 'v1' },
  responseStatus: { code: 200 },
  stageTimestamp: '2026-11-20T11:59:58.123456Z',
  futureField: { kept: true },
}

function cloudWatch(messages: unknown[], change: object = {}): string {
  const record = {
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: '/aws/eks/prod/cluster',
    logStream: 'kube-apiserver-audit-0123',
    logEvents: messages.map((message, index) => ({
      id: String(index),
      timestamp: 1,
      message: typeof message === 'string' ? message : JSON.stringify(message),
    })),
    ...change,
  }
  return gzipSync(JSON.stringify(record)).toString('base64')
}

const envelopes: [string, unknown, Partial<TelemetryEvent>][] = [
  ['a list', { kind: 'EventList', items: [audit] }, { source: 'kubernetes-audit' }],
  [
    'AKS, text',
    { category: 'kube-audit', resourceId: '/SUBSCRIPTIONS/1', properties: { log: JSON.stringify(audit), pod: 'x' } },
    { source: 'aks', cloudResource: '/SUBSCRIPTIONS/1' },
  ],
  ['AKS, object', { category: 'kube-audit-admin', properties: { log: audit } }, { source: 'aks' }],
  [
    'AKS, records',
    { records: [{ category: 'kube-audit', properties: { log: JSON.stringify(audit) } }] },
    { source: 'aks' },
  ],
  [
    'EKS, Lambda',
    { awslogs: { data: cloudWatch([audit]) } },
    { source: 'eks', cloudResource: '123456789012:/aws/eks/prod/cluster' },
  ],
  ['EKS, Firehose', { requestId: 'r', records: [{ data: cloudWatch([audit]) }] }, { source: 'eks' }],
  ['EKS, Kinesis', { Records: [{ kinesis: { data: cloudWatch([audit]) } }] }, { source: 'eks' }],
]

test.each(envelopes)('audit event out of %s', (_name, body, expected) => {
  const { events, rejected } = normaliseAudit(body, ctx)
  expect(rejected).toEqual([])
  expect(events).toEqual([
    expect.objectContaining({
      ...expected,
      type: 'audit',
      id: 'a-1/ResponseComplete',
      time: Date.parse('2026-11-20T11:59:58.123Z'),
      cluster: 'prod',
      raw: audit,
    }),
  ])
})

test('GKE entries become audit events again', () => {
  const entry = {
    insertId: 'i-1',
    timestamp: '2026-11-20T11:59:00Z',
    labels: { 'authorization.k8s.io/decision': 'allow' },
    operation: { id: 'op-1', first: true, last: true },
    resource: { type: 'k8s_cluster', labels: { cluster_name: 'c', location: 'eu', project_id: 'p' } },
    protoPayload: {
      serviceName: 'k8s.io',
      methodName: 'io.k8s.authorization.rbac.v1.clusterrolebindings.create',
      resourceName: 'rbac.authorization.k8s.io/v1/clusterrolebindings/boss',
      authenticationInfo: { principalEmail: 'eve@example.com' },
      requestMetadata: { callerIp: '203.0.113.5', callerSuppliedUserAgent: 'kubectl/v1.36.2' },
      request: { roleRef: { name: 'cluster-admin' } },
      status: { code: 0 },
    },
  }
  const [event] = normaliseAudit(entry, ctx).events
  expect(event).toMatchObject({
    source: 'gke',
    id: 'op-1/ResponseComplete',
    cloudResource: '//container.googleapis.com/projects/p/locations/eu/clusters/c',
    raw: {
      verb: 'create',
      level: 'Request',
      user: { username: 'eve@example.com' },
      objectRef: { resource: 'clusterrolebindings', apiGroup: 'rbac.authorization.k8s.io', name: 'boss' },
      requestObject: { roleRef: { name: 'cluster-admin' } },
      responseStatus: { code: 201 },
    },
  })
  const exec = {
    ...entry,
    protoPayload: {
      ...entry.protoPayload,
      methodName: 'io.k8s.core.v1.pods.exec.create',
      resourceName: 'core/v1/namespaces/shop/pods/web-0/exec',
    },
  }
  expect(normaliseAudit(exec, ctx).events[0]).toMatchObject({
    raw: {
      objectRef: { resource: 'pods', subresource: 'exec', namespace: 'shop', name: 'web-0' },
      responseStatus: { code: 101 },
    },
  })
  const probe = {
    ...entry,
    protoPayload: { ...entry.protoPayload, methodName: 'io.k8s.get', resourceName: 'readyz', status: { code: 7 } },
  }
  const [probed] = normaliseAudit(probe, ctx).events
  expect(probed).toMatchObject({ raw: { requestURI: '/readyz', verb: 'get', responseStatus: { code: 403 } } })
  expect(probed).not.toHaveProperty('raw.objectRef')
})

test('what is no audit event is set aside with its place and reason', () => {
  const { events, rejected } = normaliseAudit(
    { kind: 'EventList', items: [audit, 7, { ...audit, stage: 'Later' }, null, { ...audit, auditID: 'a-2' }] },
    ctx,
  )
  expect(events.map((event) => event.id)).toEqual(['a-1/ResponseComplete', 'a-2/ResponseComplete'])
  expect(rejected).toEqual([
    { index: 1, reason: 'not a JSON object', excerpt: '7' },
    { index: 2, reason: 'unknown stage Later', excerpt: expect.stringContaining('a-1') },
    { index: 3, reason: 'not a JSON object', excerpt: 'null' },
  ])
  for (const [body, reason] of [
    [{ awslogs: { data: 'AAAA' } }, 'data is not base64 of gzip'],
    [{ awslogs: { data: cloudWatch(['{cut']) } }, 'log message is not JSON'],
    [{ awslogs: { data: cloudWatch([audit], { logStream: 'authenticator-1' }) } }, 'is not kube-apiserver-audit'],
    [{ category: 'cluster-autoscaler', properties: { log: 'x' } }, 'is not an audit log'],
    [
      { protoPayload: { methodName: 'google.container.v1.CreateCluster', serviceName: 'container.googleapis.com' } },
      'not of the Kubernetes API',
    ],
  ] as const) {
    expect(normaliseAudit(body, ctx).rejected[0]?.reason).toContain(reason)
  }
  expect(
    normaliseAudit({ awslogs: { data: gzipSync('{"messageType":"CONTROL_MESSAGE"}').toString('base64') } }, ctx),
  ).toEqual({ events: [], rejected: [] })
})

test('every kind of event comes back from its row as it was', () => {
  const events = [
    ...normaliseAudit(
      [
        audit,
        {
          category: 'kube-audit',
          resourceId: 'r',
          properties: { log: { ...audit, ObjectRef: 'foreign', stageTimestamp: undefined } },
        },
      ],
      ctx,
    ).events,
    ...normaliseProcessEvents(
      [
        {
          id: 'p',
          time: receivedAt,
          process: { exe: '/bin/sh' },
          parent: { name: 'nginx' },
          pod: { namespace: 'a', name: 'b' },
        },
        { id: 'e', type: 'process-exit', time: receivedAt, process: { exe: '/bin/sh' }, exitCode: 1 },
        {
          id: 'c',
          type: 'connection',
          time: receivedAt,
          process: { exe: '/bin/sh' },
          destination: { ip: '1.2.3.4', port: 1 },
        },
      ],
      ctx,
    ).events,
  ]
  expect(events).toHaveLength(5)
  events.forEach((event, index) => {
    const { table, row } = storedRow(event, { batch: 1, index })
    expect(eventFromRow(table, { ...row, _ReceivedMs: String(receivedAt) })).toEqual(event)
  })
  // The store keeps the API server's microseconds.
  expect(storedRow(events[0] as TelemetryEvent, { batch: 1, index: 0 }).row).toMatchObject({
    Timestamp: '2026-11-20 11:59:58.1234560',
    _Day: '2026-11-20',
    IPAddress: '10.0.0.9',
  })
})

test('clocks: ahead and late are flagged and lie in the day of receipt', () => {
  const at = (stageTimestamp: unknown): object => {
    const [event] = normaliseAudit({ ...audit, stageTimestamp }, ctx).events
    const { row } = storedRow(event as TelemetryEvent, { batch: 1, index: 0 })
    return { flags: event?.flags, day: row['_Day'], time: row['Timestamp'] }
  }
  expect(at('2026-11-20T12:04:00Z')).toEqual({
    flags: undefined,
    day: '2026-11-20',
    time: '2026-11-20 12:04:00.0000000',
  })
  expect(at('2031-01-01T00:00:00Z')).toEqual({
    flags: ['clock-ahead'],
    day: '2026-11-20',
    time: '2031-01-01 00:00:00.0000000',
  })
  expect(at('2020-01-01T00:00:00Z')).toEqual({
    flags: ['late'],
    day: '2026-11-20',
    time: '2020-01-01 00:00:00.0000000',
  })
  expect(at('0001-01-01T00:00:00Z')).toEqual({
    flags: ['no-usable-time'],
    day: '2026-11-20',
    time: '2026-11-20 12:00:00.0000000',
  })
})
