import { markers } from '@cordon/response'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { responseLab, type ResponseLab } from './response-lab.ts'

const cluster = 'aks-prod'
const ends = ['verified', 'partly', 'not-verified', 'failed', 'broken', 'gone'] as const
let lab: ResponseLab
beforeAll(async () => {
  lab = await responseLab()
  lab.runner()
  lab.watch()
})
afterAll(() => lab?.close())

const raw = (group: string, resource: string, namespace: string, name: string) =>
  lab.lab.cluster(cluster).api.read(group, resource, namespace, name)
const policiesOf = (actionId: string) =>
  (['networking.k8s.io/networkpolicies', 'cilium.io/ciliumnetworkpolicies'] as const).flatMap((path) => {
    const [group = '', resource = ''] = path.split('/')
    return lab.lab
      .cluster(cluster)
      .api.list(group, resource)
      .filter((p) => p.metadata.labels?.[markers.action] === actionId)
  })

describe('where Cilium serves its deny tier', () => {
  it('cuts a pod off, proves it by a probe, and leaves nothing behind after the release', async () => {
    const pod = lab.pod(cluster, 'shop', 'catalog')
    const peer = lab.pod(cluster, 'shop', 'storefront')
    const target = { cluster, namespace: 'shop', name: pod.name, uid: pod.uid }
    const reach = () => lab.connects(cluster, { namespace: 'shop', name: peer.name }, { host: pod.ip, port: 8080 })
    const before = raw('', 'pods', 'shop', pod.name)
    expect(await reach()).toBe(true)
    const isolation = await lab.request(target, { type: 'isolate-pod' })
    const done = await lab.until(isolation.id, [...ends])
    expect(done).toMatchObject({
      state: 'verified',
      strategy: 'cilium-deny',
      verification: { newConnections: 'blocked', openPaths: [] },
      actsAs: 'annotation',
    })
    expect(done.verification?.evidence.map((e) => [e.kind, e.result])).toContainEqual(['probe', 'passed'])
    expect(await reach()).toBe(false)
    expect(policiesOf(isolation.id).map((p) => p.kind)).toEqual(['CiliumNetworkPolicy'])

    const release = await lab.request(target, { type: 'release-pod' })
    expect(await lab.until(release.id, [...ends])).toMatchObject({ state: 'verified', undoes: isolation.id })
    expect(await lab.until(isolation.id, ['released'])).toMatchObject({ undoneBy: release.id })
    await expect.poll(reach, { timeout: 5000 }).toBe(true)
    expect(policiesOf(isolation.id)).toEqual([])
    const after = raw('', 'pods', 'shop', pod.name)
    expect([after?.metadata.labels, after?.metadata.annotations]).toEqual([
      before?.metadata.labels,
      before?.metadata.annotations,
    ])
    // A release is no drift: nobody was alarmed.
    expect(lab.broken).toEqual([])
  })

  it('needs no detachment even under a namespace-wide allow', async () => {
    const pod = lab.pod(cluster, 'analytics', 'notebook')
    const target = { cluster, namespace: 'analytics', name: pod.name, uid: pod.uid }
    const isolation = await lab.request(target, { type: 'isolate-pod' })
    expect(await lab.until(isolation.id, [...ends])).toMatchObject({ state: 'verified', strategy: 'cilium-deny' })
    const labels = raw('', 'pods', 'analytics', pod.name)?.metadata.labels
    expect(labels).toMatchObject({ app: 'notebook', [markers.isolation]: isolation.id })
  })

  it('refuses a second isolation of the same pod, also when both come at once', async () => {
    const pod = lab.pod(cluster, 'payments', 'fraud-scorer')
    const target = { cluster, namespace: 'payments', name: pod.name, uid: pod.uid }
    const both = await Promise.allSettled([1, 2].map(() => lab.request(target, { type: 'isolate-pod' })))
    expect(both.map((r) => r.status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const first = both.find((r) => r.status === 'fulfilled')
    if (first?.status === 'fulfilled') await lab.until(first.value.id, [...ends])
    await expect(lab.request(target, { type: 'isolate-pod' })).rejects.toMatchObject({ code: 'cluster-refused' })
  })

  it('gives the same action back for the same Idempotency-Key, and refuses the key for another', async () => {
    const pod = lab.pod(cluster, 'shop', 'cart')
    const target = { cluster, namespace: 'shop', name: pod.name, uid: pod.uid }
    const ask = () => lab.request(target, { type: 'isolate-pod' }, { key: 'one-click' })
    const answers = await Promise.all([ask(), ask(), ask()])
    expect(new Set(answers.map((a) => a.id)).size).toBe(1)
    await expect(lab.request(target, { type: 'terminate-pod' }, { key: 'one-click' })).rejects.toMatchObject({
      code: 'conflict',
    })
    await lab.until(answers[0]!.id, [...ends])
  })
})

describe('restrict', () => {
  it('cuts metadata service, API server and kubelets, and leaves the rest open; lifting it gives all back', async () => {
    const pod = lab.pod(cluster, 'shop', 'orders')
    const target = { cluster, namespace: 'shop', name: pod.name, uid: pod.uid }
    const from = { namespace: 'shop', name: pod.name }
    const cart = lab.pod(cluster, 'shop', 'cart', 1)
    const node = lab.lab.cluster(cluster).api.list('', 'nodes')[1]?.status.addresses[0].address as string
    const reach = async () => ({
      api: await lab.connects(cluster, from, { host: 'kubernetes.default.svc', port: 443 }),
      metadata: await lab.connects(cluster, from, { host: '169.254.169.254', port: 80 }),
      kubelet: await lab.connects(cluster, from, { host: node, port: 10_250 }),
      peer: await lab.connects(cluster, from, { host: cart.ip, port: 8080 }),
    })
    const before = await reach()
    expect(before).toMatchObject({ api: true, metadata: true, peer: true })
    const restriction = await lab.request(target, { type: 'restrict-pod' })
    const done = await lab.until(restriction.id, [...ends])
    expect(done).toMatchObject({ state: 'verified', strategy: 'cilium-deny', verification: { openPaths: [] } })
    await expect.poll(reach, { timeout: 5000 }).toEqual({ api: false, metadata: false, kubelet: false, peer: true })
    const lift = await lab.request(target, { type: 'unrestrict-pod' })
    expect((await lab.until(lift.id, [...ends])).state).toBe('verified')
    await lab.until(restriction.id, ['released'])
    await expect.poll(reach, { timeout: 5000 }).toEqual(before)
  })
})

describe('terminate', () => {
  it('captures evidence first, ends this very pod, and leaves its successor alone', async () => {
    const pod = lab.pod(cluster, 'shop', 'cart-redis')
    const target = { cluster, namespace: 'shop', name: pod.name, uid: pod.uid }
    const action = await lab.request(target, { type: 'terminate-pod' })
    const done = await lab.until(action.id, [...ends])
    expect(done).toMatchObject({ state: 'verified', review: { reasons: ['irreversible'], decision: 'due' } })
    expect(done.steps.map((s) => [s.id, s.state])).toEqual([
      ['capture-evidence', 'done'],
      ['delete-pod', 'done'],
      ['verify', 'done'],
    ])
    const row = await lab.deps.db
      .selectFrom('evidence_bundles')
      .selectAll()
      .where('action_id', '=', action.id)
      .executeTakeFirstOrThrow()
    expect(row.sha256).toBe(done.evidenceBundle?.sha256)
    const bundle = JSON.parse(gunzipSync(row.content).toString()) as {
      manifest: { metadata: { uid: string } }
      missing: string[]
    }
    expect(bundle).toMatchObject({ manifest: { metadata: { uid: pod.uid } }, missing: [] })
    // A StatefulSet brings back a pod of the same name.
    await expect.poll(() => raw('', 'pods', 'shop', pod.name)?.metadata.uid).not.toBe(pod.uid)
    await expect(lab.request(target, { type: 'terminate-pod' })).rejects.toMatchObject({
      code: 'cluster-refused',
      message: expect.stringContaining('Another pod'),
    })
  })

  it('isolates, then ends the pod in one action, and nothing of the isolation stays', async () => {
    const pod = lab.pod(cluster, 'analytics', 'report-worker')
    const action = await lab.request(
      { cluster, namespace: 'analytics', name: pod.name, uid: pod.uid },
      { type: 'contain-pod' },
    )
    const done = await lab.until(action.id, [...ends])
    expect(done).toMatchObject({ state: 'verified' })
    expect(done.steps.map((s) => s.id)).toEqual([
      'capture-evidence',
      'create-policy',
      'label-pod',
      'delete-pod',
      'verify',
    ])
    await expect.poll(() => policiesOf(action.id)).toEqual([])
  })

  it('captures and ends a pod that is isolated already, and says of its isolation that the pod is gone', async () => {
    const pod = lab.pod(cluster, 'analytics', 'report-worker')
    const target = { cluster, namespace: 'analytics', name: pod.name, uid: pod.uid }
    const isolation = await lab.request(target, { type: 'isolate-pod' })
    await lab.until(isolation.id, ['verified'])
    const action = await lab.request(target, { type: 'contain-pod' })
    const done = await lab.until(action.id, [...ends])
    expect(done).toMatchObject({ state: 'verified' })
    expect(done.steps.map((s) => s.id)).toEqual(['capture-evidence', 'delete-pod', 'verify'])
    await lab.until(isolation.id, ['gone'])
    await expect.poll(() => policiesOf(isolation.id)).toEqual([])
  })
})

describe('workloads', () => {
  it('scales to zero, proves that no pod is left, and restores as many as there were', async () => {
    const target = { cluster, namespace: 'shop', name: 'storefront', kind: 'Deployment' }
    const scale = await lab.request(target, { type: 'scale-to-zero' })
    expect(await lab.until(scale.id, [...ends])).toMatchObject({ state: 'verified' })
    expect(
      lab.lab
        .cluster(cluster)
        .api.list('', 'pods', 'shop')
        .filter((p) => p.metadata.labels?.app === 'storefront' && !p.metadata.deletionTimestamp),
    ).toEqual([])
    const restore = await lab.request(target, { type: 'restore-scale' })
    expect(await lab.until(restore.id, [...ends])).toMatchObject({ state: 'verified' })
    expect(raw('apps', 'deployments', 'shop', 'storefront')?.spec.replicas).toBe(3)
    await lab.until(scale.id, ['released'])
  })

  it('suspends a CronJob and resumes it; a Deployment can’t be suspended', async () => {
    const target = { cluster, namespace: 'payments', name: 'settlement', kind: 'CronJob' }
    const suspend = await lab.request(target, { type: 'suspend-workload' })
    expect(await lab.until(suspend.id, [...ends])).toMatchObject({ state: 'verified' })
    expect(raw('batch', 'cronjobs', 'payments', 'settlement')?.spec.suspend).toBe(true)
    const resume = await lab.request(target, { type: 'resume-workload' })
    expect(await lab.until(resume.id, [...ends])).toMatchObject({ state: 'verified' })
    await expect(
      lab.request({ cluster, namespace: 'shop', name: 'orders', kind: 'Deployment' }, { type: 'suspend-workload' }),
    ).rejects.toMatchObject({
      code: 'cluster-refused',
    })
  })
})
