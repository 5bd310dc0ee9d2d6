import { type Action, consoleClusterRole, markers } from '@cordon/response'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { responseLab, type ResponseLab } from './response-lab.ts'

const ends = ['verified', 'partly', 'not-verified', 'failed', 'broken', 'gone'] as const
let lab: ResponseLab
beforeAll(async () => {
  lab = await responseLab({ clusters: ['aks-prod', 'dc-calico', 'eks-current'] })
  lab.ports.pace = { deadlineMs: 9_000 }
  lab.runner()
}, 90_000)
afterAll(() => lab?.close())

const said = (action: Action) => action.verification?.evidence.find((e) => e.kind === 'enforcer')

/** Isolates a pod of an app; what reaches it and what it reaches is asked of the lab's network. */
async function isolated(of: ResponseLab, cluster: string, namespace: string, app: string, peer: string) {
  const pod = of.pod(cluster, namespace, app)
  const other = of.pod(cluster, namespace, peer)
  const port = cluster === 'aks-prod' ? 8080 : 80
  const reach = async () => ({
    in: await of.connects(cluster, { namespace, name: other.name }, { host: pod.ip, port }),
    out: await of.connects(cluster, { namespace, name: pod.name }, { host: other.ip, port: 80 }),
  })
  const target = { cluster, namespace, name: pod.name, uid: pod.uid }
  const before = await reach()
  const action = await of.request(target, { type: 'isolate-pod' })
  return { target, reach, before, done: await of.until(action.id, [...ends]) }
}

async function release(of: ResponseLab, target: Parameters<ResponseLab['request']>[0]) {
  const action = await of.request(target, { type: 'release-pod' })
  expect((await of.until(action.id, [...ends])).state).toBe('verified')
}

const ours = (of: ResponseLab, cluster: string, group: string, resource: string, id: string) =>
  of.lab
    .cluster(cluster)
    .api.list(group, resource)
    .filter((p) => p.metadata.labels?.[markers.action] === id)

describe('Calico', () => {
  it('isolates by an ordered policy past a namespace-wide allow, proven by a probe, and gives all back', async () => {
    const { target, reach, before, done } = await isolated(lab, 'dc-calico', 'billing', 'invoices', 'ledger')
    expect(before).toEqual({ in: true, out: true })
    expect(done).toMatchObject({ state: 'verified', strategy: 'calico-deny', verification: { openPaths: [] } })
    expect(done.verification?.establishedConnections).toBe('may-continue')
    expect(said(done)).toMatchObject({ result: 'inconclusive', text: expect.stringContaining('Not offered') })
    expect(await reach()).toEqual({ in: false, out: false })
    expect(ours(lab, 'dc-calico', 'projectcalico.org', 'networkpolicies', done.id)).toHaveLength(1)
    await release(lab, target)
    await expect.poll(reach, { timeout: 5_000 }).toEqual(before)
    expect(ours(lab, 'dc-calico', 'projectcalico.org', 'networkpolicies', done.id)).toEqual([])
  })

  it('says partly where a tier before ours allows, and names it', async () => {
    const api = '/apis/projectcalico.org/v3'
    const tier = {
      apiVersion: 'projectcalico.org/v3',
      kind: 'Tier',
      metadata: { name: 'security' },
      spec: { order: 50 },
    }
    const allow = {
      apiVersion: 'projectcalico.org/v3',
      kind: 'GlobalNetworkPolicy',
      metadata: { name: 'security.scanner' },
      spec: {
        tier: 'security',
        order: 1,
        selector: "app == 'ledger'",
        types: ['Ingress'],
        ingress: [{ action: 'Allow', source: { selector: "app == 'invoices'" } }],
      },
    }
    await lab.admin('dc-calico', 'POST', `${api}/tiers`, tier)
    await lab.admin('dc-calico', 'POST', `${api}/globalnetworkpolicies`, allow)
    const { target, reach, done } = await isolated(lab, 'dc-calico', 'billing', 'ledger', 'invoices')
    expect(done.state).toBe('partly')
    expect(done.verification?.openPaths.join()).toContain('security.scanner')
    await expect.poll(reach, { timeout: 5_000 }).toEqual({ in: true, out: false })
    await lab.admin('dc-calico', 'DELETE', `${api}/globalnetworkpolicies/security.scanner`)
    await lab.admin('dc-calico', 'DELETE', `${api}/tiers/security`)
    await release(lab, target)
  })

  it.each([
    ['dc-calico', 'clusternetworkpolicies', []],
    [
      'dc-calico-old',
      'adminnetworkpolicies',
      // What the baseline denies must stay denied: an allowing NetworkPolicy of ours would open it.
      [{ name: 'no-internet', action: 'Deny', to: [{ networks: ['203.0.113.0/24'] }] }],
    ],
  ] as const)(
    'isolates and restricts by the admin tier where Calico’s own may not be written: %s',
    async (cluster, resource, baseline) => {
      const role = consoleClusterRole({ probe: true, evict: true })
      const rules = role.rules.map((r) =>
        r.apiGroups[0]?.endsWith('projectcalico.org') ? { ...r, verbs: ['get', 'list', 'watch'] } : r,
      )
      const limited = await responseLab({ clusters: [cluster], role: { rules } })
      try {
        limited.runner()
        const tier = ['policy.networking.k8s.io', resource] as const
        const { target, reach, before, done } = await isolated(limited, cluster, 'billing', 'invoices', 'ledger')
        expect(before).toEqual({ in: true, out: true })
        expect(done).toMatchObject({ state: 'verified', strategy: 'admin-deny' })
        expect(await reach()).toEqual({ in: false, out: false })
        expect(ours(limited, cluster, ...tier, done.id)).toHaveLength(1)
        await release(limited, target)
        expect(ours(limited, cluster, ...tier, done.id)).toEqual([])
        await expect.poll(reach, { timeout: 5_000 }).toEqual(before)

        if (baseline.length > 0)
          await limited.admin(cluster, 'POST', '/apis/policy.networking.k8s.io/v1alpha1/baselineadminnetworkpolicies', {
            apiVersion: 'policy.networking.k8s.io/v1alpha1',
            kind: 'BaselineAdminNetworkPolicy',
            metadata: { name: 'default' },
            spec: { subject: { namespaces: {} }, egress: baseline },
          })
        const other = limited.pod(cluster, 'billing', 'ledger')
        const restriction = await limited.request({ cluster, namespace: 'billing', ...other }, { type: 'restrict-pod' })
        expect(await limited.until(restriction.id, [...ends])).toMatchObject({
          state: 'verified',
          strategy: 'admin-deny',
        })
        const from = { namespace: 'billing', name: other.name }
        expect(await limited.connects(cluster, from, { host: 'kubernetes.default.svc', port: 443 })).toBe(false)
        const peer = limited.pod(cluster, 'billing', 'invoices')
        expect(await limited.connects(cluster, from, { host: peer.ip, port: 80 })).toBe(true)
      } finally {
        await limited.close()
      }
    },
  )

  it('isolates through the bare custom resources of an older Calico', async () => {
    const old = await responseLab({ clusters: ['dc-calico-old'] })
    try {
      old.runner()
      const { target, reach, done } = await isolated(old, 'dc-calico-old', 'billing', 'invoices', 'ledger')
      expect(done).toMatchObject({ state: 'verified', strategy: 'calico-deny' })
      expect(await reach()).toEqual({ in: false, out: false })
      const [policy] = ours(old, 'dc-calico-old', 'crd.projectcalico.org', 'networkpolicies', done.id)
      expect(policy?.metadata.name).toMatch(/^default\./)
      await release(old, target)
      await expect.poll(reach, { timeout: 5_000 }).toEqual({ in: true, out: true })
    } finally {
      await old.close()
    }
  })
})

describe('the enforcer’s own evidence', () => {
  it('Cilium: the endpoint’s identity carries our label', async () => {
    const { done } = await isolated(lab, 'aks-prod', 'shop', 'catalog', 'storefront')
    expect(done.state).toBe('verified')
    expect(said(done)).toMatchObject({ result: 'passed', text: expect.stringContaining('identity') })
  })

  it('AWS: a PolicyEndpoint lists the pod', async () => {
    const { target, reach, done } = await isolated(lab, 'eks-current', 'fulfilment', 'picking', 'packing')
    expect(done).toMatchObject({ state: 'verified', strategy: 'network-policy' })
    expect(said(done)).toMatchObject({ result: 'passed', text: expect.stringContaining('PolicyEndpoint') })
    expect(await reach()).toEqual({ in: false, out: false })
    await release(lab, target)
  })

  it('isn’t verified while Cilium’s agents are stuck, and the endpoint says why', async () => {
    const { faults } = lab.lab.cluster('aks-prod')
    faults.holdEnforcement(true)
    const { done, reach } = await isolated(lab, 'aks-prod', 'shop', 'orders', 'storefront')
    expect(done.state).toBe('not-verified')
    expect(said(done)).toMatchObject({ result: 'failed', text: expect.stringContaining('lacks our label') })
    expect((await reach()).in).toBe(true)
    faults.holdEnforcement(false)
    await expect.poll(reach, { timeout: 5_000 }).toEqual({ in: false, out: false })
  })

  it('is the only word where the pod was taken from policies that block the probe too, and doesn’t verify it', async () => {
    const { faults } = lab.lab.cluster('eks-current')
    faults.holdEnforcement(true)
    const { target, done } = await isolated(lab, 'eks-current', 'fulfilment', 'packing', 'picking')
    faults.holdEnforcement(false)
    expect(done).toMatchObject({ state: 'not-verified', strategy: 'network-policy-detach' })
    expect(done.outcome).toContain('no probe can show it')
    expect(said(done)?.result).toBe('passed')
    await release(lab, target)
  })

  it('never makes up for a probe that got through: AWS resolved the policy, its agents are stuck', async () => {
    const { faults } = lab.lab.cluster('eks-current')
    faults.holdEnforcement(true)
    const { done } = await isolated(lab, 'eks-current', 'fulfilment', 'picking', 'packing')
    faults.holdEnforcement(false)
    expect(done.state).toBe('not-verified')
    expect(said(done)?.result).toBe('passed')
    expect(done.verification).toMatchObject({ newConnections: 'open' })
  })
})
