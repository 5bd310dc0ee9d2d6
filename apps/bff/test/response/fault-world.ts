import type { KubeAnswer, KubeClient } from '../../src/adapters/kubernetes/kube-client.ts'
import { type ClusterCache, createClusterCache } from '../../src/jobs/inventory/cluster-cache.ts'
import type { Cluster, Clusters } from '../../src/jobs/inventory/cluster.ts'
import { type KubeObject, watchedKinds } from '../../src/jobs/inventory/kinds.ts'
import { startLab, type Lab } from '@cordon/lab'
import { consoleClusterRole } from '@cordon/response'
import { setTimeout as sleep } from 'node:timers/promises'

export const clusterName = 'aks-prod'

const account = { namespace: 'cordon', name: 'cordon-console' }

export const merge = 'application/merge-patch+json'

export async function openLab(dataDir: string): Promise<Lab> {
  const role = consoleClusterRole({ probe: true, evict: true })
  const rbac = 'rbac.authorization.k8s.io'
  return startLab({
    clusters: [clusterName],
    quiet: true,
    enforcementDelayMs: 0,
    connectTimeoutMs: 1,
    dataDir,
    bootstrap: () => [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: account.namespace } },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account },
      role,
      {
        apiVersion: `${rbac}/v1`,
        kind: 'ClusterRoleBinding',
        metadata: { name: 'cordon-console' },
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cordon-console' },
        subjects: [{ kind: 'ServiceAccount', ...account }],
      },
    ],
  })
}

type Send = (method: string, uri: string, body?: unknown, contentType?: string) => Promise<KubeAnswer>

function sender(lab: Lab, username: string, groups: string[]): Send {
  const { api } = lab.cluster(clusterName)
  return async (method, uri, body, contentType) => {
    const { status, body: answer } = await api.handle({
      method: method as 'GET',
      uri,
      body,
      headers: contentType ? { 'content-type': contentType } : {},
      identity: { username, groups: [...groups, 'system:authenticated'] },
      userAgent: 'test',
      sourceIPs: ['198.51.100.9'],
    })
    return { status, body: answer }
  }
}

export const asAdmin = (lab: Lab) => sender(lab, 'someone', ['system:masters'])

export const asConsole = (lab: Lab) =>
  sender(lab, `system:serviceaccount:${account.namespace}:${account.name}`, ['system:serviceaccounts'])

export async function prepare(lab: Lab, namespace: string): Promise<void> {
  const admin = asAdmin(lab)
  await admin('POST', '/api/v1/namespaces', { metadata: { name: namespace } })
  await waitFor(() => lab.cluster(clusterName).api.read('', 'serviceaccounts', namespace, 'default'))
  await startPod(lab, namespace, 'peer', { app: 'peer' })
}

export async function startPod(
  lab: Lab,
  namespace: string,
  name: string,
  labels: Record<string, string>,
): Promise<KubeObject> {
  const { api } = lab.cluster(clusterName)
  await waitFor(() => !api.read('', 'pods', namespace, name))
  const container = { name: 'main', image: 'docker.io/library/nginx:1.27.2', ports: [{ containerPort: 80 }] }
  const created = await asAdmin(lab)('POST', `/api/v1/namespaces/${namespace}/pods`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: { terminationGracePeriodSeconds: 1, containers: [container] },
  })
  if (created.status !== 201) throw new Error(`the harness can't start ${name}: ${created.body?.message}`)
  return waitFor(() => {
    const pod = api.read('', 'pods', namespace, name)
    return pod?.status?.phase === 'Running' &&
      pod.status.podIP &&
      pod.status.conditions?.some((c: { type: string; status: string }) => c.type === 'Ready' && c.status === 'True')
      ? (pod as KubeObject)
      : undefined
  })
}

export async function waitFor<T>(question: () => T | undefined | false): Promise<T> {
  const end = Date.now() + 20_000
  for (;;) {
    const found = question()
    if (found) return found
    if (Date.now() > end) throw new Error('the lab did not get there in time')
    await sleep(2)
  }
}

/** Everything that must be as before once all runs are over; what controllers and kubelets report is theirs to change. */
export function dump(lab: Lab): Map<string, unknown> {
  const { api } = lab.cluster(clusterName)
  const resources: [string, string][] = [
    ...watchedKinds.map((k): [string, string] => {
      const parts = k.path.split('/')
      return [parts[1] === 'api' ? '' : (parts[2] ?? ''), parts.at(-1) ?? '']
    }),
    ['', 'configmaps'],
    ['', 'secrets'],
    ['rbac.authorization.k8s.io', 'clusterroles'],
  ]
  const out = new Map<string, unknown>()
  for (const [group, resource] of resources)
    for (const o of api.list(group, resource)) {
      if (resource === 'pods' && o.metadata.labels?.app === 'victim') continue
      // The lab's own CronJob goes by the clock.
      if (o.metadata.ownerReferences?.some((r) => r.kind === 'CronJob' || r.kind === 'Job')) continue
      const { namespace = '', name, uid, labels, annotations } = o.metadata
      out.set(`${group}/${resource} ${namespace}/${name}`, {
        uid,
        labels,
        annotations,
        spec: resource === 'nodes' ? undefined : o.spec,
      })
    }
  return out
}

export function clientOf(send: Send): KubeClient {
  return {
    context: clusterName,
    server: 'in-process',
    request: ({ method, path: uri, body, contentType }) => send(method ?? 'GET', uri, body, contentType),
    lines: () => Promise.reject(new Error('not used here')),
  }
}

const caches = new WeakMap<Lab, ClusterCache>()

/** The real cache, fed in the very moment of each change: what is read through it is not what is tested here. */
function cacheOf(lab: Lab): ClusterCache {
  const known = caches.get(lab)
  if (known) return known
  const { api } = lab.cluster(clusterName)
  const cache = createClusterCache()
  for (const kind of watchedKinds) {
    const parts = kind.path.split('/')
    const [group, resource] = [parts[1] === 'api' ? '' : (parts[2] ?? ''), parts.at(-1) ?? '']
    const as = (o: object) => ({ ...o, apiVersion: kind.apiVersion, kind: kind.kind }) as KubeObject
    cache.replace(kind.id, api.list(group, resource).map(as))
    api.watch(group, resource, ({ type, object }) => {
      const change = { ADDED: 'added', MODIFIED: 'modified', DELETED: 'deleted' } as const
      cache.apply(kind.id, { type: change[type], object: as(object) })
    })
  }
  caches.set(lab, cache)
  return cache
}

export function clustersOf(lab: Lab, withTier: boolean, client: KubeClient): Clusters {
  const cache: ClusterCache = {
    ...cacheOf(lab),
    isListed: (id) => id === 'networkpolicies' || (withTier && id.startsWith('cilium')),
    answered: () => true,
  }
  const cluster: Cluster = {
    name: clusterName,
    client,
    cache,
    state: 'connected',
    stateDetail: null,
    since: null,
    serverVersion: 'v1.31.5',
    agentConfig: { 'cilium-config': {} },
  }
  return {
    all: () => [cluster],
    get: (name) => (name === clusterName ? cluster : undefined),
    onChange: () => () => undefined,
    ready: async () => undefined,
    close: async () => undefined,
  }
}
