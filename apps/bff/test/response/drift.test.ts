import { markers } from '@cordon/response'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { repairAction } from '../../src/features/actions/change-action.ts'
import { analyst, responseLab, type ResponseLab } from './response-lab.ts'

const cluster = 'aks-prod'
let lab: ResponseLab
beforeAll(async () => {
  lab = await responseLab()
  lab.runner()
  lab.watch()
})
afterAll(() => lab?.close())

const merge = 'application/merge-patch+json'
const policyPath = (id: string) => `/apis/cilium.io/v2/namespaces/shop/ciliumnetworkpolicies/cordon-isolation-${id}`
const repair = (id: string) => repairAction({ deps: lab.deps, poke: lab.runner().poke }, analyst, id, '')

describe('an isolation in force', () => {
  it.each([
    ['its policy is deleted', (id: string) => lab.admin(cluster, 'DELETE', policyPath(id)), 'is gone'],
    [
      'its policy is edited',
      (id: string) => lab.admin(cluster, 'PATCH', policyPath(id), { spec: { egressDeny: null } }, merge),
      'was changed',
    ],
    [
      'its label is stripped',
      (_: string, pod: string) =>
        lab.admin(
          cluster,
          'PATCH',
          `/api/v1/namespaces/shop/pods/${pod}`,
          { metadata: { labels: { [markers.isolation]: null } } },
          merge,
        ),
      'lost its label',
    ],
  ])('%s: broken within 10 s, told once, repaired with one click and proven anew', async (_, spoil, words) => {
    const [first] = lab.lab
      .cluster(cluster)
      .api.list('', 'pods', 'shop')
      .filter((p) => p.metadata.labels?.app === 'catalog' && !p.metadata.labels[markers.isolation])
    const pod =
      first ??
      lab.lab
        .cluster(cluster)
        .api.list('', 'pods', 'shop')
        .find((p) => p.metadata.labels?.app === 'cart' && !p.metadata.labels[markers.isolation])
    const name = pod?.metadata.name ?? ''
    const action = await lab.request(
      { cluster, namespace: 'shop', name, uid: pod?.metadata.uid },
      { type: 'isolate-pod' },
    )
    const verified = await lab.until(action.id, ['verified'])
    const before = Date.now()
    expect((await spoil(action.id, name)).status).toBeLessThan(300)
    const broken = await lab.until(action.id, ['broken'], 10_000)
    expect(broken.outcome).toContain(words)
    expect(Date.now() - before).toBeLessThan(10_000)
    await expect.poll(() => lab.broken.filter((b) => b.id === action.id).length).toBe(1)

    await repair(action.id)
    const mended = await lab.until(action.id, ['verified'])
    expect(mended.verification?.evidence.find((e) => e.kind === 'probe')?.at).not.toBe(
      verified.verification?.evidence.find((e) => e.kind === 'probe')?.at,
    )
    expect(mended.steps.filter((s) => s.id.includes('~')).length).toBeGreaterThan(0)
    expect(lab.broken.filter((b) => b.id === action.id)).toHaveLength(1)
  })

  it('is verified again, by a new probe, when someone else mends it', async () => {
    const pod = lab.lab
      .cluster(cluster)
      .api.list('', 'pods', 'shop')
      .find((p) => p.metadata.labels?.app === 'orders')
    const name = pod?.metadata.name ?? ''
    const action = await lab.request(
      { cluster, namespace: 'shop', name, uid: pod?.metadata.uid },
      { type: 'isolate-pod' },
    )
    await lab.until(action.id, ['verified'])
    const path = `/api/v1/namespaces/shop/pods/${name}`
    await lab.admin(cluster, 'PATCH', path, { metadata: { labels: { [markers.isolation]: 'none-of-ours' } } }, merge)
    await lab.until(action.id, ['broken'], 10_000)
    await lab.admin(cluster, 'PATCH', path, { metadata: { labels: { [markers.isolation]: action.id } } }, merge)
    await lab.until(action.id, ['verified'], 15_000)
  })

  it('refuses to repair what holds', async () => {
    const [row] = await lab.deps.db.selectFrom('actions').select('id').where('state', '=', 'verified').execute()
    await expect(repair(row?.id ?? '')).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('a workload that was stopped', () => {
  it('says so when someone scales it up again, is stopped again with one click, and remembers the first number', async () => {
    const path = '/apis/apps/v1/namespaces/shop/deployments/storefront/scale'
    const target = { cluster, namespace: 'shop', name: 'storefront', kind: 'Deployment' }
    const scale = (replicas: number) => lab.admin(cluster, 'PATCH', path, { spec: { replicas } }, merge)
    const stop = await lab.request(target, { type: 'scale-to-zero' })
    await lab.until(stop.id, ['verified'])
    expect((await scale(5)).status).toBe(200)
    expect((await lab.until(stop.id, ['broken'], 10_000)).outcome).toContain('set it back')
    await expect.poll(() => lab.broken.filter((b) => b.id === stop.id).length).toBe(1)

    await repair(stop.id)
    await lab.until(stop.id, ['verified'])
    const restore = await lab.request(target, { type: 'restore-scale' })
    await lab.until(restore.id, ['verified'])
    expect(await lab.until(stop.id, ['released'])).toMatchObject({ undoneBy: restore.id })
    const deployment = lab.lab.cluster(cluster).api.read('apps', 'deployments', 'shop', 'storefront')
    expect(deployment?.spec.replicas).toBe(3)
    // Restoring it was no drift.
    expect(lab.broken.filter((b) => b.id === stop.id)).toHaveLength(1)
  })

  it('says so when someone resumes it, and ends when it is suspended once more', async () => {
    const path = '/apis/batch/v1/namespaces/payments/cronjobs/settlement'
    const target = { cluster, namespace: 'payments', name: 'settlement', kind: 'CronJob' }
    const first = await lab.request(target, { type: 'suspend-workload' })
    await lab.until(first.id, ['verified'])
    await lab.admin(cluster, 'PATCH', path, { spec: { suspend: false } }, merge)
    await lab.until(first.id, ['broken'], 10_000)
    const second = await lab.request(target, { type: 'suspend-workload' })
    await lab.until(second.id, ['verified'])
    expect(await lab.until(first.id, ['released'])).toMatchObject({ undoneBy: second.id })
  })
})

describe('a termination that its node could not confirm', () => {
  it('is verified, and ends the isolation, when the node answers again', async () => {
    const { api, faults } = lab.lab.cluster(cluster)
    const pod = lab.pod(cluster, 'shop', 'cart-redis')
    const node = api.read('', 'pods', 'shop', pod.name)?.spec.nodeName as string
    lab.ports.pace = { deadlineMs: 2_000 }
    faults.nodeDown(node, true)
    const action = await lab.request({ cluster, namespace: 'shop', ...pod }, { type: 'terminate-pod' })
    expect((await lab.until(action.id, ['not-verified', 'verified', 'partly'])).state).toBe('not-verified')
    faults.nodeDown(node, false)
    expect((await lab.until(action.id, ['verified'], 40_000)).outcome).toContain('gone')
    lab.ports.pace = {}
  }, 60_000)
})
