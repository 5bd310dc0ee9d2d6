import { entityKey } from '@cordon/entities'
import { consoleClusterRole, markers } from '@cordon/response'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { preflightActions } from '../../src/features/actions/request-action.ts'
import { analyst, responseLab, type ResponseLab } from './response-lab.ts'

const cluster = 'aks-prod'
const ends = ['verified', 'partly', 'not-verified', 'failed', 'broken', 'gone'] as const
let lab: ResponseLab
beforeAll(async () => {
  // The owner of this cluster grants no rights on deny tiers.
  const role = consoleClusterRole({ probe: true, evict: true })
  const rules = role.rules.map((r) => (r.apiGroups[0] === 'cilium.io' ? { ...r, verbs: ['get', 'list', 'watch'] } : r))
  lab = await responseLab({ role: { rules } })
  lab.runner()
})
afterAll(() => lab?.close())

const podNow = (namespace: string, name: string) => lab.lab.cluster(cluster).api.read('', 'pods', namespace, name)

/** What the dialog says before confirming. */
async function told(namespace: string, name: string, type: 'isolate-pod' | 'release-pod'): Promise<string> {
  const { preflights } = await preflightActions(
    { deps: lab.deps, clusters: lab.clusters, poke: () => undefined },
    analyst,
    { type, targets: [{ key: entityKey('pod', cluster, namespace, name) }], options: {}, incidentId: null },
  )
  return preflights[0]?.consequences.map((c) => c.text).join(' ') ?? ''
}

describe('without a deny tier', () => {
  it('isolates by a plain NetworkPolicy where nothing else allows', async () => {
    const pod = lab.pod(cluster, 'shop', 'catalog')
    const action = await lab.request({ cluster, namespace: 'shop', ...pod }, { type: 'isolate-pod' })
    expect(await lab.until(action.id, [...ends])).toMatchObject({ state: 'verified', strategy: 'network-policy' })
  })

  it('proves a detachment by a probe that the policies it left would have let through', async () => {
    const open = {
      podSelector: { matchLabels: { app: 'cart' } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{}],
      egress: [{}],
    }
    const path = '/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies'
    await lab.admin(cluster, 'POST', path, { metadata: { name: 'cart-open' }, spec: open })
    const pod = lab.pod(cluster, 'shop', 'cart')
    expect(await told('shop', pod.name, 'isolate-pod')).not.toContain('No probe can show')
    const action = await lab.request({ cluster, namespace: 'shop', ...pod }, { type: 'isolate-pod' })
    expect(await lab.until(action.id, [...ends])).toMatchObject({
      state: 'verified',
      strategy: 'network-policy-detach',
    })
  })

  it('detaches the pod where others allow, keeps the labels on it, and puts them back', async () => {
    const pod = lab.pod(cluster, 'payments', 'payments-api')
    const target = { cluster, namespace: 'payments', ...pod }
    const before = podNow('payments', pod.name)?.metadata.labels
    // Known before anything is written.
    expect(await told('payments', pod.name, 'isolate-pod')).toContain('No probe can show the effect')
    const action = await lab.request(target, { type: 'isolate-pod' })
    // Those policies block every probe of ours as well: its failure would prove nothing.
    expect(await lab.until(action.id, [...ends])).toMatchObject({
      state: 'not-verified',
      strategy: 'network-policy-detach',
      outcome: expect.stringContaining('no probe can show it'),
    })
    const now = podNow('payments', pod.name)?.metadata
    expect(now?.labels).not.toHaveProperty('app')
    expect(JSON.parse(now?.annotations?.[markers.detachedLabels] ?? '')).toEqual({ app: 'payments-api' })
    // Someone gives the pod a label of their own meanwhile: it stays as they left it.
    await lab.admin(
      cluster,
      'PATCH',
      `/api/v1/namespaces/payments/pods/${pod.name}`,
      { metadata: { labels: { note: 'mine' } } },
      'application/merge-patch+json',
    )
    expect(await told('payments', pod.name, 'release-pod')).toContain('Deployment payments-api may take the pod back')
    const release = await lab.request(target, { type: 'release-pod' })
    expect(await lab.until(release.id, [...ends])).toMatchObject({ state: 'verified' })
    const after = podNow('payments', pod.name)?.metadata
    expect(after?.labels).toEqual({ ...before, note: 'mine' })
    expect(after?.annotations ?? {}).not.toHaveProperty(markers.detachedLabels)
  })

  it('says partly, and names policy, direction and peer, where no label helps', async () => {
    const pod = lab.pod(cluster, 'analytics', 'notebook')
    const action = await lab.request({ cluster, namespace: 'analytics', ...pod }, { type: 'isolate-pod' })
    const done = await lab.until(action.id, [...ends])
    expect(done).toMatchObject({ state: 'partly', strategy: 'network-policy-partly' })
    expect(done.verification?.openPaths.join()).toContain('allow-namespace')
    expect(done.verification?.newConnections).not.toBe('blocked')
  })

  it('restricts by a NetworkPolicy only where that opens nothing', async () => {
    const free = lab.pod(cluster, 'shop', 'orders')
    const action = await lab.request({ cluster, namespace: 'shop', ...free }, { type: 'restrict-pod' })
    const done = await lab.until(action.id, [...ends])
    expect(done).toMatchObject({ state: 'verified', strategy: 'network-policy' })
    const limited = lab.pod(cluster, 'payments', 'payments-api', 1)
    await expect(
      lab.request({ cluster, namespace: 'payments', ...limited }, { type: 'restrict-pod' }),
    ).rejects.toMatchObject({
      code: 'cluster-refused',
      message: expect.stringContaining('payments-api'),
    })
  })
})
