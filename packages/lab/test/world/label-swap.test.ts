import { expect, test } from 'vitest'
import { daemonSet, deployment, job, namespace, statefulSet } from '../../src/clusters/manifests.ts'
import { eventually } from './eventually.ts'
import { smallWorld } from './world.ts'

const image = 'docker.io/library/nginx:1.27'

test('a ReplicaSet releases a relabelled pod, replaces it, adopts it again and gives up the replacement', async () => {
  const world = await smallWorld()
  await world.apply(
    namespace('demo'),
    deployment('demo', 'web', { image, replicas: 2, labels: { app: 'web' }, port: 80 }),
  )
  const [suspect] = await world.ready('demo', { app: 'web' }, 2)
  const hash = suspect!.metadata.labels!['pod-template-hash']!
  await world.swapLabels(suspect!, { app: null, 'pod-template-hash': null, isolation: 'act-1' })

  const released = await eventually(() => {
    const pod = world.pod('demo', suspect!.metadata.name)
    return pod && !pod.metadata.ownerReferences && pod
  }, 'ownerReference removed')
  expect(released.metadata.uid).toBe(suspect!.metadata.uid)
  const replaced = await world.ready('demo', { app: 'web' }, 2)
  const replacement = replaced.find(
    (pod) =>
      pod.metadata.creationTimestamp >= suspect!.metadata.creationTimestamp &&
      pod.metadata.uid !== suspect!.metadata.uid,
  )
  expect(replacement).toBeDefined()
  expect(world.pods('demo')).toHaveLength(3)

  await world.swapLabels(suspect!, { app: 'web', 'pod-template-hash': hash, isolation: null })
  await eventually(() => world.pods('demo').length === 2, 'one pod too many is deleted')
  expect(world.pods('demo').every((pod) => pod.metadata.ownerReferences?.[0]?.kind === 'ReplicaSet')).toBe(true)
})

test('a low deletion cost makes the suspect the one that is deleted after re-adoption', async () => {
  const world = await smallWorld()
  await world.apply(namespace('demo'), deployment('demo', 'web', { image, replicas: 2, labels: { app: 'web' } }))
  const [suspect] = await world.ready('demo', { app: 'web' }, 2)
  const path = `/api/v1/namespaces/demo/pods/${suspect!.metadata.name}`
  const annotations = { 'controller.kubernetes.io/pod-deletion-cost': '-100' }
  await world.admin.call('PATCH', path, { metadata: { annotations } }, 'application/merge-patch+json')
  await world.swapLabels(suspect!, { app: null })
  await world.ready('demo', { app: 'web' }, 2)
  await world.swapLabels(suspect!, { app: 'web' })
  await eventually(() => !world.pod('demo', suspect!.metadata.name), 'suspect deleted')
  expect(await world.ready('demo', { app: 'web' }, 2)).toHaveLength(2)
})

test('a StatefulSet misses the replica until the released pod is deleted, then makes it anew under the same name', async () => {
  const world = await smallWorld()
  await world.apply(
    namespace('demo'),
    statefulSet('demo', 'db', { image, replicas: 2, labels: { app: 'db' }, graceSeconds: 0 }),
  )
  const before = (await world.ready('demo', { app: 'db' }, 2)).find((pod) => pod.metadata.name === 'db-1')!
  expect(before.metadata.labels).toMatchObject({
    'apps.kubernetes.io/pod-index': '1',
    'statefulset.kubernetes.io/pod-name': 'db-1',
  })
  await world.swapLabels(before, { app: null, isolation: 's1' })
  await eventually(() => !world.pod('demo', 'db-1')!.metadata.ownerReferences, 'released')
  await eventually(
    () => world.api.read('apps', 'statefulsets', 'demo', 'db')!.status.replicas === 1,
    'one replica counted',
  )
  expect(
    world
      .pods('demo')
      .map((pod) => pod.metadata.name)
      .toSorted(),
  ).toEqual(['db-0', 'db-1'])

  await world.admin.call('DELETE', '/api/v1/namespaces/demo/pods/db-1')
  const after = await eventually(() => {
    const pod = world.pod('demo', 'db-1')
    return pod && pod.metadata.uid !== before.metadata.uid && pod
  }, 'db-1 is made anew')
  expect(after.metadata.ownerReferences?.[0]?.kind).toBe('StatefulSet')
})

test('a DaemonSet starts a second pod on the node and deletes the replacement after re-adoption', async () => {
  const world = await smallWorld()
  await world.apply(namespace('demo'), daemonSet('demo', 'agent', { image, labels: { app: 'agent' } }))
  const [suspect] = await world.ready('demo', { app: 'agent' }, 2)
  // Ages are whole seconds: the replacement must be visibly younger.
  await new Promise((resolve) => setTimeout(resolve, 1100))
  await world.swapLabels(suspect!, { app: null, isolation: 'd1' })
  const now = await world.ready('demo', { app: 'agent' }, 2)
  const second = now.find((pod) => pod.spec.nodeName === suspect!.spec.nodeName)!
  expect(second.metadata.uid).not.toBe(suspect!.metadata.uid)
  await world.swapLabels(suspect!, { app: 'agent', isolation: null })
  await eventually(() => !world.pod('demo', second.metadata.name), 'replacement deleted')
  expect(world.pod('demo', suspect!.metadata.name)?.metadata.uid).toBe(suspect!.metadata.uid)
})

test('a pod released by a Job loses owner and tracking finalizer and can be deleted cleanly', async () => {
  const world = await smallWorld()
  await world.apply(namespace('demo'), job('demo', 'calc', { image, labels: { work: 'calc' }, graceSeconds: 0 }))
  const [suspect] = await world.ready('demo', { work: 'calc' }, 1)
  expect(suspect!.metadata.finalizers).toEqual(['batch.kubernetes.io/job-tracking'])
  const swap = Object.fromEntries(Object.keys(suspect!.metadata.labels!).map((key) => [key, null]))
  await world.swapLabels(suspect!, { ...swap, isolation: 'j1' })
  const released = await eventually(() => {
    const pod = world.pod('demo', suspect!.metadata.name)!
    return !pod.metadata.ownerReferences && pod
  }, 'released')
  expect(released.metadata.finalizers).toBeUndefined()
  await world.ready('demo', { work: 'calc' }, 1)
  await world.admin.call('DELETE', `/api/v1/namespaces/demo/pods/${suspect!.metadata.name}`)
  await eventually(() => !world.pod('demo', suspect!.metadata.name), 'deleted')
})
