import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { auditLevel, DEFAULT_AUDIT_POLICY } from '../../src/api/audit-policy.ts'
import { parseRequestInfo } from '../../src/api/request-info.ts'
import { webhookAuditSink } from '../../src/api/webhook-audit-sink.ts'
import { startLab } from './lab-server.ts'

const BOB = { username: 'tom.brandt', groups: ['shop-developers', 'system:authenticated'] }
const KEYS = [
  'level',
  'auditID',
  'stage',
  'requestURI',
  'verb',
  'user',
  'sourceIPs',
  'userAgent',
  'objectRef',
  'responseStatus',
  'requestObject',
  'responseObject',
  'requestReceivedTimestamp',
  'stageTimestamp',
  'annotations',
]

test('a write is one RequestResponse event with both bodies and the deciding binding', async () => {
  const lab = startLab()
  await lab.namespace('shop')
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  await lab.send('POST', `${rbac}/namespaces/shop/rolebindings`, {
    metadata: { name: 'edit' },
    roleRef: { kind: 'ClusterRole', name: 'edit' },
    subjects: [{ kind: 'Group', name: 'shop-developers' }],
  })
  lab.events.length = 0
  await lab.send(
    'POST',
    '/api/v1/namespaces/shop/pods',
    { metadata: { generateName: 'a-' }, spec: { containers: [{ name: 'm', image: 'busybox:1' }] } },
    { as: BOB },
  )
  expect(lab.events).toHaveLength(1)
  const [event] = lab.events
  expect(Object.keys(event)).toEqual(KEYS)
  expect(event).toMatchObject({
    level: 'RequestResponse',
    stage: 'ResponseComplete',
    verb: 'create',
    objectRef: { resource: 'pods', namespace: 'shop', apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 201 },
    annotations: {
      'authorization.k8s.io/decision': 'allow',
      'authorization.k8s.io/reason':
        'RBAC: allowed by RoleBinding "edit/shop" of ClusterRole "edit" to Group "shop-developers"',
      'pod-security.kubernetes.io/enforce-policy': 'privileged:latest',
    },
  })
  expect(event.objectRef.name).toBeUndefined()
  // The request as decoded: with defaults, without what admission added; never with managedFields.
  expect(event.requestObject.spec.dnsPolicy).toBe('ClusterFirst')
  expect(event.requestObject.spec.serviceAccountName).toBeUndefined()
  expect(event.responseObject.spec.serviceAccountName).toBe('default')
  expect(event.responseObject.metadata.managedFields).toBeUndefined()
  expect(event.stageTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
})

test('secrets never show bodies, reads never show answers, refusals say forbid', async () => {
  const lab = startLab()
  await lab.namespace('shop')
  lab.events.length = 0
  await lab.send('POST', '/api/v1/namespaces/shop/secrets', {
    metadata: { name: 's' },
    stringData: { password: 'hunter2' },
  })
  await lab.send('GET', '/api/v1/namespaces/shop/pods')
  await lab.send('GET', '/api/v1/namespaces/shop/secrets/s', undefined, { as: BOB })
  const [write, read, refused] = lab.events
  expect([write.level, write.requestObject, write.responseObject]).toEqual(['Metadata', undefined, undefined])
  expect(write.objectRef).toEqual({ resource: 'secrets', namespace: 'shop', name: 's', apiVersion: 'v1' })
  expect([read.level, read.responseObject]).toEqual(['Request', undefined])
  expect(refused.annotations).toEqual({ 'authorization.k8s.io/decision': 'forbid', 'authorization.k8s.io/reason': '' })
  expect(refused.responseStatus).toMatchObject({ status: 'Failure', reason: 'Forbidden', code: 403 })
  expect(JSON.stringify(lab.events)).not.toContain('hunter2')
})

test('an update names uid and version of its object, an impersonation both users', async () => {
  const lab = startLab()
  await lab.namespace('shop')
  const service = (
    await lab.send('POST', '/api/v1/namespaces/shop/services', {
      metadata: { name: 'web' },
      spec: { ports: [{ port: 80 }] },
    })
  ).body
  await lab.send('PUT', '/api/v1/namespaces/shop/services/web', service, {
    headers: { 'Impersonate-User': 'breakglass', 'Impersonate-Group': 'system:masters' },
  })
  const event = lab.events.at(-1)
  expect(event.objectRef).toEqual({
    resource: 'services',
    namespace: 'shop',
    name: 'web',
    uid: service.metadata.uid,
    apiVersion: 'v1',
    resourceVersion: service.metadata.resourceVersion,
  })
  expect([event.user.username, event.impersonatedUser]).toEqual([
    'admin',
    { username: 'breakglass', groups: ['system:masters', 'system:authenticated'] },
  ])
  const refused = await lab.send('GET', '/api/v1/pods', undefined, {
    as: BOB,
    headers: { 'Impersonate-User': 'admin' },
  })
  expect(refused.body.message).toBe(
    'users "admin" is forbidden: User "tom.brandt" cannot impersonate resource "users" in API group "" at the cluster scope',
  )
})

test('a refused exec is seen as started and completed', async () => {
  const lab = startLab()
  await lab.namespace('shop')
  await lab.send('GET', '/api/v1/namespaces/shop/pods/x/exec?command=id', undefined, { as: BOB })
  expect(lab.events.slice(-2).map((e) => [e.stage, e.responseStatus.code, e.objectRef.subresource])).toEqual([
    ['ResponseStarted', 403, 'exec'],
    ['ResponseComplete', 403, 'exec'],
  ])
})

test('the webhook gets batches in order, after an outage too, and drops what does not fit', async () => {
  const bodies: any[] = [] // any: received event lists
  const heads: unknown[] = []
  let refuse = 2
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (refuse-- > 0) return response.writeHead(503).end()
      heads.push({
        url: request.url,
        authorization: request.headers.authorization,
        type: request.headers['content-type'],
      })
      bodies.push(JSON.parse(Buffer.concat(chunks).toString('utf8')))
      return response.writeHead(200).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/audit`
  const sink = webhookAuditSink({
    url,
    token: 'secret',
    batchMaxSize: 3,
    batchMaxWaitMs: 20,
    bufferSize: 5,
    initialBackoffMs: 5,
  })
  sink([1, 2, 3, 4, 5, 6, 7].map((n) => ({ n })))
  await sink.flush()
  server.close()
  expect(bodies[0]).toMatchObject({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {} })
  expect(bodies.map((b) => b.items.map((i: { n: number }) => i.n))).toEqual([
    [1, 2, 3],
    [4, 5],
  ])
  expect(heads[0]).toEqual({ url: '/audit?timeout=30s', authorization: 'Bearer secret', type: 'application/json' })
  expect(sink.stats()).toEqual({ sent: 5, dropped: 2, lost: 0, waiting: 0 })
})

const METHODS: Record<string, string> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
}

test('recorded requests of every kind get the recorded verb, object and level', () => {
  const rows = JSON.parse(
    gunzipSync(readFileSync(new URL('data/audit-requests.json.gz', import.meta.url))).toString('utf8'),
  )
  for (const { verb, requestURI, groups, level, stage, objectRef } of rows) {
    const info = parseRequestInfo(METHODS[verb]!, requestURI)
    const label = `${verb} ${requestURI}`
    expect(info.verb, label).toBe(verb)
    expect(auditLevel(DEFAULT_AUDIT_POLICY, info, { username: '', groups }), label).toBe(level)
    expect(info.isResource, label).toBe(objectRef !== null)
    if (!objectRef) continue
    expect([info.group, info.version, info.resource, info.subresource], label).toEqual([
      objectRef.apiGroup ?? '',
      objectRef.apiVersion,
      objectRef.resource,
      objectRef.subresource ?? '',
    ])
    // A create learns its name from the object, later.
    if (verb !== 'create') expect(info.name, label).toBe(objectRef.name ?? '')
    expect(info.namespace, label).toBe(objectRef.namespace ?? '')
    if (stage === 'ResponseStarted')
      expect(
        info.verb === 'watch' || ['exec', 'attach', 'portforward', 'proxy', 'log'].includes(info.subresource),
        label,
      ).toBe(true)
  }
  expect(rows.length).toBeGreaterThan(200)
})
