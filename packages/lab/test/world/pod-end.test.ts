import { expect, test } from 'vitest'
import { barePod, deployment, disruptionBudget, namespace, podSpec, service } from '../../src/clusters/manifests.ts'
import { eventually } from './eventually.ts'
import { smallWorld } from './world.ts'

const image = 'docker.io/library/nginx:1.27'

test('the first DELETE fixes the grace period of the containers, a shorter second one only changes the object', async () => {
  const world = await smallWorld()
  await world.apply(namespace('demo'), barePod('demo', 'g2', { image, container: 'stubborn', graceSeconds: 2 }))
  const [pod] = await world.ready('demo', {}, 1)
  const path = '/api/v1/namespaces/demo/pods/g2'
  await world.admin.call('DELETE', path)
  await world.admin.call('DELETE', path, { gracePeriodSeconds: 1 })
  expect(world.pod('demo', 'g2')!.metadata.deletionGracePeriodSeconds).toBe(1)
  await eventually(() => !world.pod('demo', 'g2'), 'gone')
  const graces = world.fake.stops.get(pod!.metadata.uid)
  expect(graces?.[0]).toBe(2)
  expect(graces).not.toContain(1)
})

test('force deletion removes the object before the container has ended', async () => {
  const world = await smallWorld()
  await world.apply(namespace('demo'), barePod('demo', 'g0', { image, container: 'stubborn' }))
  const [pod] = await world.ready('demo', {}, 1)
  await world.admin.call('DELETE', '/api/v1/namespaces/demo/pods/g0', { gracePeriodSeconds: 0 })
  expect(world.pod('demo', 'g0')).toBeUndefined()
  expect(world.fake.running.has(pod!.metadata.uid)).toBe(true)
})

test('a pod held by a finalizer ends its containers and stays until the finalizer goes', async () => {
  const world = await smallWorld()
  await world.apply(namespace('demo'), barePod('demo', 'fin', { image, finalizers: ['example.org/hold'] }))
  const [pod] = await world.ready('demo', {}, 1)
  await world.admin.call('DELETE', '/api/v1/namespaces/demo/pods/fin')
  const held = await eventually(
    () => world.pod('demo', 'fin')?.metadata.deletionGracePeriodSeconds === 0 && world.pod('demo', 'fin'),
    'held',
  )
  expect(held!.status.phase).toBe('Succeeded')
  expect(world.fake.running.has(pod!.metadata.uid)).toBe(false)
  await world.admin.call(
    'PATCH',
    '/api/v1/namespaces/demo/pods/fin',
    { metadata: { finalizers: null } },
    'application/merge-patch+json',
  )
  await eventually(() => !world.pod('demo', 'fin'), 'gone')
})

test('deleting a mirror pod leaves the static pod running and brings a new mirror', async () => {
  const manifest = {
    metadata: { name: 'proxy', namespace: 'kube-system' },
    spec: podSpec('proxy', { image, hostNetwork: true }),
  }
  const world = await smallWorld({ staticPods: [manifest] })
  const [mirror] = await world.ready('kube-system', {}, 1)
  expect(mirror!.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'Node', name: 'node1' })
  expect(mirror!.status.podIP).toBe('10.200.0.11')
  const path = '/api/v1/namespaces/kube-system/pods/proxy-node1'
  await world.admin.call('PATCH', path, { metadata: { labels: { isolation: 'x' } } }, 'application/merge-patch+json')
  await world.admin.call('DELETE', path)
  const again = await eventually(() => {
    const pod = world.pod('kube-system', 'proxy-node1')
    return pod && pod.metadata.uid !== mirror!.metadata.uid && pod.status.phase === 'Running' && pod
  }, 'new mirror')
  const hash = 'kubernetes.io/config.mirror'
  expect(again.metadata.annotations?.[hash]).toBe(mirror!.metadata.annotations?.[hash])
  expect(again.metadata.labels?.isolation).toBeUndefined()
  expect(again.status.containerStatuses[0]).toMatchObject({
    containerID: mirror!.status.containerStatuses[0].containerID,
    restartCount: 0,
  })
  expect(world.fake.stops.size).toBe(0)
})

test('a crashing container comes back at once the first time, then waits in CrashLoopBackOff', async () => {
  const world = await smallWorld()
  await world.apply(namespace('demo'), barePod('demo', 'crashy', { image }))
  const [pod] = await world.ready('demo', {}, 1)
  const uid = pod!.metadata.uid
  world.fake.end(uid, 'crashy', 1)
  const status = () => world.pod('demo', 'crashy')!.status.containerStatuses[0]
  await eventually(() => status().restartCount === 1 && status().ready, 'restarted')
  expect(status().lastState.terminated.exitCode).toBe(1)
  world.fake.end(uid, 'crashy', 1)
  await eventually(() => status().state.waiting?.reason === 'CrashLoopBackOff', 'backing off')
  await eventually(() => world.api.list('', 'events', 'demo').some((event) => event.reason === 'BackOff'), 'event')
})

test('a budget notices a pod that left its selector only with its resync, so an eviction still passes', async () => {
  const world = await smallWorld({ timing: { disruptionResyncMs: 1500 } })
  await world.apply(
    namespace('demo'),
    deployment('demo', 'solo', { image, replicas: 2, labels: { g: 'solo' } }),
    disruptionBudget('demo', 'solo', { minAvailable: 1, selector: { matchLabels: { g: 'solo' } } }),
  )
  const [suspect] = await world.ready('demo', { g: 'solo' }, 2)
  const budget = () => world.api.read('policy', 'poddisruptionbudgets', 'demo', 'solo')!
  await eventually(() => budget().status?.disruptionsAllowed === 1, 'budget computed')
  // Without a replacement nothing but the resync can wake the controller.
  await world.admin.call(
    'PATCH',
    '/apis/apps/v1/namespaces/demo/deployments/solo',
    { spec: { paused: true } },
    'application/merge-patch+json',
  )
  await world.admin.call('DELETE', '/apis/apps/v1/namespaces/demo/deployments/solo', { propagationPolicy: 'Orphan' })
  await eventually(() => world.api.list('apps', 'deployments', 'demo').length === 0, 'deployment gone')
  const set = world.api.list('apps', 'replicasets', 'demo')[0]!
  await world.admin.call('DELETE', `/apis/apps/v1/namespaces/demo/replicasets/${set.metadata.name}`, {
    propagationPolicy: 'Orphan',
  })
  await eventually(() => world.api.list('apps', 'replicasets', 'demo').length === 0, 'replica set gone')
  await eventually(
    () => world.pods('demo', { g: 'solo' }).every((pod) => !pod.metadata.ownerReferences),
    'pods orphaned',
  )
  await eventually(() => budget().status.currentHealthy === 2, 'both counted')
  await world.swapLabels(suspect!, { g: 'isolated' })
  expect(budget().status.disruptionsAllowed).toBe(1)
  await eventually(() => budget().status.disruptionsAllowed === 0, 'resync', 5000)
  expect(budget().status).toMatchObject({ currentHealthy: 1, expectedPods: 1 })
})

test('a namespace empties itself and goes; Services drop pods that are gone', async () => {
  const world = await smallWorld()
  await world.apply(
    namespace('demo'),
    deployment('demo', 'web', { image, replicas: 2, labels: { app: 'web' }, port: 80 }),
    service('demo', 'web', { selector: { app: 'web' }, port: 80 }),
  )
  await world.ready('demo', { app: 'web' }, 2)
  const ready = () =>
    world.api
      .list('discovery.k8s.io', 'endpointslices', 'demo')
      .flatMap((slice) =>
        (slice.endpoints ?? []).filter((item: { conditions: { ready: boolean } }) => item.conditions.ready),
      )
  await eventually(() => ready().length === 2, 'two endpoints')
  const [pod] = world.pods('demo', { app: 'web' })
  const result = await world.network.connect({ podUid: pod!.metadata.uid }, { host: 'web', port: 80, protocol: 'TCP' })
  expect(result.ok).toBe(true)
  await world.swapLabels(pod!, { app: null })
  await eventually(
    () => ready().length === 2 && !ready().some((item) => item.targetRef.uid === pod!.metadata.uid),
    'endpoint moved to the replacement',
  )
  await world.admin.call('DELETE', '/api/v1/namespaces/demo')
  await eventually(() => !world.api.read('', 'namespaces', undefined, 'demo'), 'namespace gone')
  expect(world.api.list('', 'pods', 'demo')).toEqual([])
})

test('on a node out of contact a deleted pod stays Terminating until the node is back', async () => {
  const world = await smallWorld({ timing: { heartbeatMs: 100, nodeGraceMs: 200 } })
  await world.apply(namespace('demo'), barePod('demo', 'lost', { image, graceSeconds: 0 }))
  const [pod] = await world.ready('demo', {}, 1)
  const node = () => world.api.read('', 'nodes', undefined, pod!.spec.nodeName)!
  const ready = () => node().status.conditions.find((item: { type: string }) => item.type === 'Ready').status
  world.kubelets.get(pod!.spec.nodeName)!.setDown(true)
  await eventually(() => ready() === 'Unknown' && node().spec.taints?.length === 1, 'node unreachable')
  await world.admin.call('DELETE', '/api/v1/namespaces/demo/pods/lost', { gracePeriodSeconds: 1 })
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(world.pod('demo', 'lost')!.metadata.deletionTimestamp).toBeDefined()
  expect(world.fake.running.has(pod!.metadata.uid)).toBe(true)
  world.kubelets.get(pod!.spec.nodeName)!.setDown(false)
  await eventually(() => !world.pod('demo', 'lost'), 'pod gone')
  await eventually(() => ready() === 'True' && !node().spec.taints?.length, 'node back')
})
