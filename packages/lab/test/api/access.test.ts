import { expect, test } from 'vitest'
import { listen, startLab } from './lab-server.ts'

const NODE = { username: 'system:node:node1', groups: ['system:nodes', 'system:authenticated'] }
const user = (username: string, ...groups: string[]) => ({ username, groups: [...groups, 'system:authenticated'] })
const RBAC = '/apis/rbac.authorization.k8s.io/v1'

test('roles reach exactly as far as their bindings, names and subresources', async () => {
  const lab = startLab()
  await lab.namespace('shop')
  await lab.namespace('other')
  await lab.runningPod('shop', 'a')
  await lab.send('POST', `${RBAC}/namespaces/shop/roles`, {
    metadata: { name: 'r' },
    rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods/log'], resourceNames: ['a'] }],
  })
  await lab.send('POST', `${RBAC}/namespaces/shop/rolebindings`, {
    metadata: { name: 'b' },
    roleRef: { kind: 'Role', name: 'r' },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'other' }],
  })
  const as = user('system:serviceaccount:other:default')
  const code = async (uri: string) => (await lab.send('GET', uri, undefined, { as })).status
  expect(await code('/api/v1/namespaces/shop/pods/a/log')).toBe(200)
  expect(await code('/api/v1/namespaces/shop/pods/b/log')).toBe(403)
  expect(await code('/api/v1/namespaces/shop/pods/a')).toBe(403)
  expect(await code('/api/v1/namespaces/other/pods/a/log')).toBe(403)
})

test('nobody grants rights they do not hold', async () => {
  const lab = startLab()
  await lab.namespace('shop')
  await lab.send('POST', `${RBAC}/namespaces/shop/rolebindings`, {
    metadata: { name: 'admin' },
    roleRef: { kind: 'ClusterRole', name: 'admin' },
    subjects: [{ kind: 'User', name: 'ada' }],
  })
  const as = user('ada')
  const bind = (role: string) =>
    lab.send(
      'POST',
      `${RBAC}/namespaces/shop/rolebindings`,
      {
        metadata: { name: `b-${role}` },
        roleRef: { kind: 'ClusterRole', name: role },
        subjects: [{ kind: 'User', name: 'bob' }],
      },
      { as },
    )
  expect((await bind('view')).status).toBe(201)
  const refused = await bind('cluster-admin')
  expect(refused.status).toBe(403)
  expect(refused.body.message).toContain(
    'user "ada" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held',
  )
})

test('an aggregated role takes up the rights a custom resource brings', async () => {
  const lab = startLab()
  await lab.namespace('shop')
  await lab.send('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { name: 'v' },
    roleRef: { kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'User', name: 'vera' }],
  })
  const list = () =>
    lab.send('GET', '/apis/cilium.io/v2/namespaces/shop/ciliumnetworkpolicies', undefined, { as: user('vera') })
  expect((await list()).status).toBe(403)
  await lab.send('POST', `${RBAC}/clusterroles`, {
    metadata: { name: 'cilium-view', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
    rules: [{ verbs: ['list'], apiGroups: ['cilium.io'], resources: ['*'] }],
  })
  expect((await list()).status).toBe(404)
  const names = { plural: 'ciliumnetworkpolicies', kind: 'CiliumNetworkPolicy', shortNames: ['cnp'] }
  await lab.send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name: 'ciliumnetworkpolicies.cilium.io' },
    spec: { group: 'cilium.io', scope: 'Namespaced', names, versions: [{ name: 'v2', served: true, storage: true }] },
  })
  const created = await lab.send('POST', '/apis/cilium.io/v2/namespaces/shop/ciliumnetworkpolicies', {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: 'p' },
    spec: { endpointSelector: {}, egressDeny: [{ toEntities: ['all'] }] },
  })
  expect(created.status).toBe(201)
  expect((await list()).body).toMatchObject({
    kind: 'CiliumNetworkPolicyList',
    apiVersion: 'cilium.io/v2',
    items: [{ kind: 'CiliumNetworkPolicy', spec: { egressDeny: [{ toEntities: ['all'] }] } }],
  })
  const found = await lab.send('GET', '/apis/cilium.io/v2')
  expect(found.body.resources[0]).toMatchObject({
    name: 'ciliumnetworkpolicies',
    shortNames: ['cnp'],
    namespaced: true,
  })
})

test('a kubelet sees its own node and what its pods refer to', async () => {
  const lab = startLab()
  await lab.namespace('shop')
  await lab.send('POST', '/api/v1/namespaces/shop/secrets', { metadata: { name: 'used' } })
  await lab.send('POST', '/api/v1/namespaces/shop/pods', {
    metadata: { name: 'a' },
    spec: { nodeName: 'node1', containers: [{ name: 'm', image: 'i', envFrom: [{ secretRef: { name: 'used' } }] }] },
  })
  const get = (uri: string) => lab.send('GET', uri, undefined, { as: NODE })
  expect((await get('/api/v1/namespaces/shop/secrets/used')).status).toBe(200)
  const messages = await Promise.all(
    [
      '/api/v1/namespaces/shop/secrets/cart',
      '/api/v1/namespaces/kube-system/secrets',
      '/api/v1/nodes/node2',
      '/api/v1/pods',
    ].map(async (uri) => (await get(uri)).body.message),
  )
  expect(messages).toEqual([
    `secrets "cart" is forbidden: User "system:node:node1" cannot get resource "secrets" in API group "" in the namespace "shop": no relationship found between node 'node1' and this object`,
    'secrets is forbidden: User "system:node:node1" cannot list resource "secrets" in API group "" in the namespace "kube-system": No Object name found',
    `nodes "node2" is forbidden: User "system:node:node1" cannot get resource "nodes" in API group "" at the cluster scope: node 'node1' cannot read 'node2', only its own Node object`,
    'pods is forbidden: User "system:node:node1" cannot list resource "pods" in API group "" at the cluster scope: can only list/watch pods with spec.nodeName field selector',
  ])
  expect((await get('/api/v1/pods?fieldSelector=spec.nodeName%3Dnode1')).body.items).toHaveLength(1)
})

test('a bound token ends with its pod and carries its pod and node', async () => {
  const lab = startLab()
  await lab.namespace('shop')
  await lab.send('POST', '/api/v1/nodes', { metadata: { name: 'node1' } })
  const pod = await lab.runningPod('shop', 'a')
  const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'a', uid: pod.metadata.uid }
  const issued = await lab.send(
    'POST',
    '/api/v1/namespaces/shop/serviceaccounts/default/token',
    { spec: { expirationSeconds: 3607, boundObjectRef } },
    { as: NODE },
  )
  expect(issued.status).toBe(201)
  const { token } = issued.body.status
  const identity = lab.api.authenticate(token)
  expect(identity).toMatchObject({
    username: 'system:serviceaccount:shop:default',
    extra: { 'authentication.kubernetes.io/pod-name': ['a'], 'authentication.kubernetes.io/node-name': ['node1'] },
  })
  const event = lab.events.findLast((e) => e.objectRef?.subresource === 'token')
  expect(identity?.extra?.['authentication.kubernetes.io/credential-id']).toEqual([
    event.annotations['authentication.kubernetes.io/issued-credential-id'],
  ])
  expect(JSON.stringify(event)).not.toContain(token)
  const forged = token.slice(0, -8) + (token.endsWith('AAAAAAAA') ? 'BBBBBBBB' : 'AAAAAAAA')
  expect(lab.api.authenticate(forged)).toBeUndefined()
  await lab.send('DELETE', '/api/v1/namespaces/shop/pods/a?gracePeriodSeconds=0')
  expect(lab.api.authenticate(token)).toBeUndefined()
})

test('the listener refuses what it cannot believe and calls the rest anonymous', async () => {
  const lab = startLab('v1.31.5', {
    staticTokens: new Map([['let-me-in', { username: 'jo.audit', groups: ['auditors'] }]]),
  })
  const { listener, authority } = await listen(lab)
  const { get } = await import('node:https')
  const ask = (path: string, authorization?: string) =>
    new Promise<{ status?: number; body: string }>((resolve, reject) => {
      get(
        `${listener.url}${path}`,
        { ca: authority.caPem, headers: authorization ? { authorization } : {} },
        (response) => {
          let body = ''
          response.on('data', (chunk) => (body += String(chunk)))
          response.on('end', () => resolve({ status: response.statusCode, body }))
        },
      ).on('error', reject)
    })
  const wrong = await ask('/api/v1/namespaces/x/pods', 'Bearer wrong')
  expect([wrong.status, wrong.body]).toEqual([
    401,
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}\n',
  ])
  expect((await ask('/version')).status).toBe(200)
  expect((await ask('/api')).status).toBe(403)
  expect((await ask('/api', 'Bearer let-me-in')).status).toBe(200)
  expect((await ask('/api/v1/pods', 'Bearer let-me-in')).body).toContain('User \\"jo.audit\\" cannot list resource')
  await listener.close()
})
