import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { entityKey } from '@cordon/entities'
import { consoleClusterRole } from '@cordon/response'
import { preflightActions } from '../../src/features/actions/request-action.ts'
import { analyst, responseLab, type ResponseLab } from './response-lab.ts'

let lab: ResponseLab
beforeAll(async () => {
  const role = consoleClusterRole({ probe: true, evict: true })
  // Nobody may label or evict pods here: the owner forgot these rights.
  const rules = role.rules
    .filter((r) => r.resources[0] !== 'pods/eviction')
    .map((r) => ({
      ...r,
      verbs: r.resources[0] === 'pods' ? r.verbs.filter((v) => v !== 'patch') : r.verbs,
    }))
  lab = await responseLab({ clusters: ['aks-prod', 'eks-legacy', 'gke-old', 'edge-k3s'], role: { rules } })
}, 90_000)
afterAll(() => lab?.close())

async function refusal(
  cluster: string,
  namespace: string,
  name: string,
  type: 'isolate-pod' | 'terminate-pod' | 'release-pod',
) {
  const key = entityKey('pod', cluster, namespace, name)
  const ports = { deps: lab.deps, clusters: lab.clusters, poke: () => undefined }
  const { preflights } = await preflightActions(ports, analyst, {
    type,
    targets: [{ key }],
    options: {},
    incidentId: null,
  })
  const { allowed, checks, reason } = preflights[0]!
  return { allowed, reason, failed: checks.filter((c) => c.state === 'failed').map((c) => c.id) }
}
const podOf = (cluster: string, namespace: string, starts: string) =>
  lab.lab
    .cluster(cluster)
    .api.list('', 'pods', namespace)
    .find((p) => p.metadata.name.startsWith(starts))?.metadata.name ?? ''

it('acts for a person who is limited to a namespace there, and nowhere else', async () => {
  const limited = { ...analyst, scope: { clusters: ['aks-prod'], namespaces: ['shop'] } }
  const ports = { deps: lab.deps, clusters: lab.clusters, poke: () => undefined }
  const ask = (namespace: string, app: string) =>
    preflightActions(ports, limited, {
      type: 'terminate-pod',
      targets: [{ key: entityKey('pod', 'aks-prod', namespace, podOf('aks-prod', namespace, app)) }],
      options: {},
      incidentId: null,
    })
  expect((await ask('shop', 'catalog')).preflights).toMatchObject([{ target: { namespace: 'shop' } }])
  await expect(ask('monitoring', 'node-exporter')).rejects.toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining('namespace shop of cluster aks-prod'),
  })
})

describe('preflight names every requirement that fails', () => {
  it.each([
    ['gke-old', 'crm', 'crm-web', 'isolate-pod', 'cluster-version', '1.27'],
    ['eks-legacy', 'warehouse', 'inventory', 'isolate-pod', 'network-plugin', '1.15.1'],
    ['edge-k3s', 'store', 'pos-gateway', 'isolate-pod', 'network-plugin', 'No network policy enforcer'],
    ['edge-k3s', 'store', 'firmware-check', 'terminate-pod', 'pod-active', 'Succeeded'],
    ['edge-k3s', 'store', 'drained-sensor', 'terminate-pod', 'pod-active', 'field.example/await-sync'],
    ['aks-prod', 'monitoring', 'node-exporter', 'isolate-pod', 'host-network', 'hostNetwork'],
    ['aks-prod', 'kube-system', 'kube-proxy', 'terminate-pod', 'mirror-pod', 'static pod'],
    ['aks-prod', 'shop', 'catalog', 'isolate-pod', 'cluster-permission', 'may not patch pods'],
    ['aks-prod', 'shop', 'catalog', 'release-pod', 'existing-isolation', 'No isolation'],
  ] as const)('%s %s/%s %s: %s', async (cluster, namespace, pod, type, check, words) => {
    const found = await refusal(cluster, namespace, podOf(cluster, namespace, pod), type)
    expect(found).toMatchObject({ allowed: false, failed: expect.arrayContaining([check]) })
    const { preflights } = await preflightActions(
      { deps: lab.deps, clusters: lab.clusters, poke: () => undefined },
      analyst,
      {
        type,
        targets: [{ key: entityKey('pod', cluster, namespace, podOf(cluster, namespace, pod)) }],
        options: {},
        incidentId: null,
      },
    )
    const text = preflights[0]!.checks.find((c) => c.id === check)?.detail
    expect(text).toContain(words)
  })

  it('allows a termination on each of these clusters', async () => {
    for (const [cluster, namespace, pod] of [
      ['gke-old', 'crm', 'crm-web'],
      ['eks-legacy', 'warehouse', 'inventory'],
      ['edge-k3s', 'store', 'pos-gateway'],
    ] as const)
      expect((await refusal(cluster, namespace, podOf(cluster, namespace, pod), 'terminate-pod')).failed).toEqual([])
  })

  it('asks for the right to evict only where that is chosen', async () => {
    const key = entityKey('pod', 'aks-prod', 'shop', podOf('aks-prod', 'shop', 'catalog'))
    const ports = { deps: lab.deps, clusters: lab.clusters, poke: () => undefined }
    const ask = async (evict: boolean) =>
      (
        await preflightActions(ports, analyst, {
          type: 'terminate-pod',
          targets: [{ key }],
          options: { evict },
          incidentId: null,
        })
      ).preflights[0]!
    expect((await ask(false)).allowed).toBe(true)
    expect(await ask(true)).toMatchObject({
      allowed: false,
      reason: expect.stringContaining('may not create pods/eviction in shop'),
    })
  })

  it('refuses who lacks the permission, and says which role has it', async () => {
    const name = podOf('aks-prod', 'shop', 'catalog')
    const { preflights } = await preflightActions(
      { deps: lab.deps, clusters: lab.clusters, poke: () => undefined },
      { ...analyst, role: 'viewer' },
      {
        type: 'terminate-pod',
        targets: [{ key: entityKey('pod', 'aks-prod', 'shop', name) }],
        options: {},
        incidentId: null,
      },
    )
    expect(preflights[0]).toMatchObject({ allowed: false, reason: expect.stringContaining('Analyst') })
  })
})
