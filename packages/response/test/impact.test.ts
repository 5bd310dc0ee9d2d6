import { expect, it } from 'vitest'
import { type ActionOptions, type ClusterView, type Flow, preflight } from '../src/index.ts'
import { clusterView, pod } from './cluster-fixture.ts'

const flow = (direction: Flow['direction'], ip: string, port: number): Flow => ({
  direction,
  peer: ip,
  ip,
  port,
  protocol: 'tcp',
  process: null,
  count: 1,
  answered: false,
  lastSeen: '2026-01-01T00:00:00Z',
})
const node = {
  metadata: { name: 'node-1', uid: 'n1' },
  status: { addresses: [{ type: 'InternalIP', address: '192.0.2.10' }] },
}

function impactOf(change: Partial<ClusterView>, options: ActionOptions = {}) {
  const view = clusterView({ node, nodes: [node], ...change })
  return preflight({
    type: 'isolate-pod',
    target: { key: 'pod:aks-prod/shop/web-1', kind: 'pod', cluster: 'aks-prod', namespace: 'shop', name: 'web-1', uid: 'uid-web-1' }, // prettier-ignore
    view,
    options: { detach: false, ...options },
    permission: { allowed: true },
    who: { actionId: 'act-1', requestedBy: 'analyst', comment: '', at: '2026-01-01T00:00:00.000Z' },
    current: null,
  }).preflight
}

it('tells per connection what the isolation stops and what some policy, the own node or loopback keeps open', () => {
  const dns = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'allow-dns', namespace: 'shop', uid: 'np1' },
    spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{ ports: [{ protocol: 'UDP', port: 53 }] }] },
  }
  const redis = pod('shop', 'redis-0', { app: 'redis' })
  const { impact, consequences } = impactOf({
    networkPolicies: [dns],
    pods: [...clusterView().pods, redis],
    services: [{ metadata: { name: 'redis', namespace: 'shop', uid: 's1' }, spec: { clusterIP: '10.96.0.7', selector: { app: 'redis' } } }], // prettier-ignore
    flows: [
      flow('egress', '203.0.113.9', 443),
      { ...flow('egress', '203.0.113.53', 53), protocol: 'udp' },
      flow('egress', '10.96.0.7', 6379),
      flow('ingress', '192.0.2.10', 8080),
      flow('egress', '127.0.0.1', 9000),
    ],
  })
  expect(impact?.flows?.map((f) => [f.peer, f.peerKey, f.effect])).toEqual([
    ['203.0.113.9', 'ip:203.0.113.9', 'stops'],
    ['203.0.113.53', 'ip:203.0.113.53', 'stays-open'],
    ['shop/redis', 'service:aks-prod/shop/redis', 'stops'],
    ['192.0.2.10', 'ip:192.0.2.10', 'stays-open'],
    ['127.0.0.1', 'ip:127.0.0.1', 'stays-open'],
  ])
  expect(consequences.map((c) => c.text).join()).toMatch(/not stopped: to 203\.0\.113\.53:53, from 192\.0\.2\.10:8080/)
  expect(impact?.staysOpen.find((path) => path.text.includes('own node'))?.key).toBe('node:aks-prod/node-1')
})

it('names the ways around the network: files, sockets, tokens, exec, the mesh’s proxy', () => {
  const shared = { name: 'data', persistentVolumeClaim: { claimName: 'uploads' } }
  const socket = { name: 'run', hostPath: { path: '/run/containerd/containerd.sock' } }
  const logs = { name: 'logs', hostPath: { path: '/var/log' } }
  const target = pod('shop', 'web-1', { app: 'web' }, { volumes: [shared, socket, logs], serviceAccountName: 'web' })
  const sharer = pod('shop', 'worker-1', { app: 'worker' }, { volumes: [shared] })
  const labels = { 'istio.io/dataplane-mode': 'ambient' }
  const { impact } = impactOf({
    pod: target,
    pods: [target, sharer],
    namespaces: [{ metadata: { name: 'shop', uid: 'ns', labels } }],
  })
  const texts = impact?.staysOpen.map((p) => p.text) ?? []
  for (const words of [
    'uploads stays shared with worker-1',
    'containerd.sock',
    '/var/log',
    'token of service account web',
    'kubectl exec',
    'ambient',
  ])
    expect(texts.filter((t) => t.includes(words))).toHaveLength(1)
})

it('says before that nothing will be proven where no probe pod may be started', () => {
  const access = {
    verb: 'create',
    group: '',
    resource: 'pods',
    namespace: 'shop',
    allowed: false,
    reason: null,
    optional: true,
  }
  const { allowed, consequences } = impactOf({ access: [access] })
  expect(allowed).toBe(true)
  expect(consequences.map((c) => c.text).join()).toContain('may not start a probe pod')
})

it('offers k3s’ own controller, which no pod shows, only on purpose', () => {
  const k3s = { agentPods: [], agentConfig: {}, serverVersion: 'v1.30.6+k3s1' }
  const refused = impactOf(k3s)
  expect(refused).toMatchObject({ allowed: false, reason: expect.stringContaining('Use this enforcer anyway') })
  expect(refused.options.map((o) => o.name)).toContain('overrideUnknownEnforcer')
  expect(impactOf(k3s, { overrideUnknownEnforcer: true }).allowed).toBe(true)
  expect(impactOf({ ...k3s, serverVersion: 'v1.30.6' }).reason).toContain('No network policy enforcer was found')
})
