import { expect, test } from 'vitest'
import { barePod, customResource, namespace, networkPolicy } from '../../src/clusters/manifests.ts'
import type { Manifest } from '../../src/clusters/cluster-spec.ts'
import type { NetworkPlugin } from '../../src/network/plugin-behaviour.ts'
import { eventually } from './eventually.ts'
import { smallWorld, type SmallCluster, type SmallWorld } from './world.ts'

const image = 'docker.io/library/nginx:1.27'
const denyAll = (name: string, labels: Record<string, string>): Manifest =>
  networkPolicy('demo', name, { podSelector: { matchLabels: labels }, policyTypes: ['Ingress', 'Egress'] })

/** A client and a server in one namespace, both Ready. */
async function pair(options: SmallCluster = {}) {
  const world = await smallWorld(options)
  await world.apply(
    namespace('demo'),
    barePod('demo', 'client', { image, labels: { app: 'client' } }),
    barePod('demo', 'server', { image, labels: { app: 'server' }, port: 8080 }),
  )
  const [client] = await world.ready('demo', { app: 'client' }, 1)
  const [server] = await world.ready('demo', { app: 'server' }, 1)
  return { world, client: client!, server: server! }
}

const dial = (world: SmallWorld, from: string, host: string, port = 8080) =>
  world.network.connect({ podUid: from }, { host, port, protocol: 'TCP' })

const ask = { method: 'GET', path: '/', headers: {}, body: '' }

test('a policy takes effect only after the programming delay; blocked connections are refused or time out', async () => {
  const { world, client, server } = await pair({ enforcementDelayMs: 300 })
  await world.apply(denyAll('isolate', { app: 'server' }))
  expect((await dial(world, client.metadata.uid, server.status.podIP)).ok).toBe(true)
  const blocked = async () => {
    const result = await dial(world, client.metadata.uid, server.status.podIP)
    if (result.ok) result.close()
    return !result.ok
  }
  while (!(await blocked())) await new Promise((resolve) => setTimeout(resolve, 20))
  const outcomes = new Set<string>()
  for (let i = 0; i < 40; i++) {
    const result = await dial(world, client.metadata.uid, server.status.podIP)
    if (!result.ok) outcomes.add(result.reason)
  }
  expect(outcomes).toEqual(new Set(['refused', 'timeout']))
})

test.each<[NetworkPlugin, string, boolean]>([
  ['cilium', 'without any policy before', false],
  ['calico', 'without any policy before', true],
  ['azure-npm', 'without any policy before', true],
  ['aws-node', 'without any policy before', false],
  ['aws-node', 'with a policy before', true],
  ['none', 'without any policy before', true],
])('%s, pod %s: an established connection survives isolation: %s', async (plugin, before, survives) => {
  const { world, client, server } = await pair({ plugin })
  if (before === 'with a policy before') {
    for (const name of ['client', 'server']) {
      const rules = { policyTypes: ['Ingress', 'Egress'], ingress: [{}], egress: [{}] }
      await world.apply(
        networkPolicy('demo', `allow-${name}`, { podSelector: { matchLabels: { app: name } }, ...rules }),
      )
    }
  }
  const open = await dial(world, client.metadata.uid, server.status.podIP)
  if (!open.ok) throw new Error(open.reason)
  expect((await open.request(ask)).body).toBe('server')
  await world.apply(denyAll('isolate', { app: 'isolated' }))
  await world.swapLabels(server, { app: 'isolated' })
  expect(world.network.connections(server.metadata.uid)[0]?.alive).toBe(survives)
  if (survives) expect((await open.request(ask)).status).toBe(200)
  else await expect(open.request(ask)).rejects.toThrow('timed out')
  expect((await dial(world, client.metadata.uid, server.status.podIP)).ok).toBe(plugin === 'none')
})

test('a namespace-wide allow defeats the label swap, and a Cilium deny defeats the allow', async () => {
  const { world, client, server } = await pair()
  await world.apply(
    customResource('cilium.io', 'ciliumnetworkpolicies', 'CiliumNetworkPolicy', { version: 'v2', namespaced: true }),
    networkPolicy('demo', 'allow-all', {
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{}],
      egress: [{}],
    }),
    denyAll('isolate', { isolation: 'act-1' }),
  )
  await world.swapLabels(server, { app: null, isolation: 'act-1' })
  expect((await dial(world, client.metadata.uid, server.status.podIP)).ok).toBe(true)
  await world.apply({
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: 'isolate', namespace: 'demo' },
    spec: {
      endpointSelector: { matchLabels: { isolation: 'act-1' } },
      ingressDeny: [{ fromEntities: ['all'] }],
      egressDeny: [{ toEntities: ['all'] }],
    },
  })
  expect((await dial(world, client.metadata.uid, server.status.podIP)).ok).toBe(false)
})

test('an isolated pod stays Ready: its own node still reaches it, and the API server is out of reach', async () => {
  const { world, server } = await pair()
  const before = await dial(world, server.metadata.uid, 'kubernetes.default.svc', 443)
  expect(before.ok && (await before.request({ ...ask, path: '/version' })).status).toBe(200)
  const metadata = await dial(world, server.metadata.uid, '169.254.169.254', 80)
  expect(metadata.ok && (await metadata.request({ ...ask, path: '/metadata/instance' })).status).toBe(400)
  expect((await dial(world, server.metadata.uid, 'pool.supportxmr.com', 3333)).ok).toBe(true)
  await world.apply(denyAll('isolate', { app: 'server' }))
  expect((await dial(world, server.metadata.uid, 'pool.supportxmr.com', 3333)).ok).toBe(false)
  const own = await world.network.connect(
    { node: server.spec.nodeName },
    { host: server.status.podIP, port: 8080, protocol: 'TCP' },
  )
  expect(own.ok).toBe(true)
  expect((await dial(world, server.metadata.uid, 'kubernetes.default.svc', 443)).ok).toBe(false)
  expect((await dial(world, server.metadata.uid, '169.254.169.254', 80)).ok).toBe(false)
  expect(
    world.pod('demo', 'server')!.status.conditions.find((item: { type: string }) => item.type === 'Ready').status,
  ).toBe('True')
})

test('a policy owned by a pod is collected with the pod, of built-in and of custom kinds', async () => {
  const { world, server } = await pair()
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name: 'server', uid: server.metadata.uid }]
  const owned = denyAll('isolate', { app: 'server' })
  await world.apply(
    customResource('cilium.io', 'ciliumnetworkpolicies', 'CiliumNetworkPolicy', { version: 'v2', namespaced: true }),
    { ...owned, metadata: { ...owned.metadata, ownerReferences } as Manifest['metadata'] },
    {
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumNetworkPolicy',
      metadata: { name: 'isolate', namespace: 'demo', ownerReferences } as Manifest['metadata'],
      spec: { endpointSelector: {} },
    },
    denyAll('other', { app: 'other' }),
  )
  await world.admin.call('DELETE', '/api/v1/namespaces/demo/pods/server', { gracePeriodSeconds: 0 })
  await eventually(() => world.api.list('cilium.io', 'ciliumnetworkpolicies').length === 0, 'custom policy collected')
  await eventually(() => !world.api.read('networking.k8s.io', 'networkpolicies', 'demo', 'isolate'), 'policy collected')
  expect(world.api.read('networking.k8s.io', 'networkpolicies', 'demo', 'other')).toBeDefined()
})
