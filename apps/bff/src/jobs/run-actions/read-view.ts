import {
  type ActionTarget,
  type ActionType,
  actionRights,
  type ClusterView,
  type Owner,
  type Pod,
} from '@cordon/response'
import { ClusterUnreachable, type KubeAnswer, type KubeClient } from '../../adapters/kubernetes/kube-client.ts'
import type { Cluster } from '../inventory/cluster.ts'
import { denyTierIds, type KubeObject, type WatchedId, watchedKinds } from '../inventory/kinds.ts'

/**
 * What an action on `target` needs to know. The pod and the policies of its namespace are read from the API server now;
 * the rest (peers, owners, services, agents) comes from the watches. `ask` adds SelfSubjectAccessReviews.
 */
export async function readView(cluster: Cluster, target: ActionTarget, ask: ActionType | null): Promise<ClusterView> {
  const client = cluster.client
  if (!client) return { ...emptyView(cluster.name), unreachable: cluster.stateDetail ?? 'no connection' }
  try {
    const [pod, policies, tiers, access] = await Promise.all([
      readPod(client, target),
      listNow(client, 'networkpolicies', target.namespace),
      Promise.all(denyTierIds.map((id) => listTier(cluster, client, id, target.namespace))),
      ask ? reviewAccess(client, target, ask) : [],
    ])
    return assemble(cluster, target, { pod, policies, tiers: tiers.flat(), access })
  } catch (error) {
    if (error instanceof ClusterUnreachable) return { ...emptyView(cluster.name), unreachable: error.message }
    throw error
  }
}

interface Fresh {
  pod: Pod | undefined
  policies: KubeObject[]
  tiers: KubeObject[]
  access: ClusterView['access']
}

function assemble(cluster: Cluster, target: ActionTarget, fresh: Fresh): ClusterView {
  const { cache } = cluster
  const elsewhere = cache.all('networkpolicies').filter((p) => p.metadata.namespace !== target.namespace)
  const others = cache
    .all('pods')
    .filter(
      (p) =>
        p.metadata.uid !== fresh.pod?.metadata.uid &&
        !(p.metadata.namespace === target.namespace && p.metadata.name === target.name),
    )
  const pods = [...(others as unknown as Pod[]), ...(fresh.pod ? [fresh.pod] : [])] // the cache holds whole pods
  return {
    cluster: cluster.name,
    unreachable: null,
    serverVersion: cluster.serverVersion,
    pod: fresh.pod,
    node: fresh.pod?.spec.nodeName ? cache.get('nodes', undefined, fresh.pod.spec.nodeName) : undefined,
    agentPods: agentPods(cluster),
    agentConfig: cluster.agentConfig,
    namespaces: cache.all('namespaces'),
    pods,
    networkPolicies: [...elsewhere, ...fresh.policies].map(asPolicy),
    otherPolicies: fresh.tiers.map(asPolicy),
    services: cache.all('services') as unknown as ClusterView['services'], // the cache holds whole objects
    disruptionBudgets: cache.all('poddisruptionbudgets') as unknown as ClusterView['disruptionBudgets'], // as above
    owners: fresh.pod ? ownersOf(cluster, fresh.pod) : [],
    access: fresh.access,
  }
}

/** Pods that may be network agents: those of DaemonSets, in any namespace (Calico's operator has its own). */
export function agentPods(cluster: Cluster): Pod[] {
  return cluster.cache
    .all('pods')
    .filter((p) => p.metadata.ownerReferences?.some((o) => o.kind === 'DaemonSet')) as unknown as Pod[] // the cache holds whole pods
}

const ownerKinds: Record<string, WatchedId> = {
  ReplicaSet: 'replicasets',
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
  DaemonSet: 'daemonsets',
  Job: 'jobs',
  CronJob: 'cronjobs',
}

/** The controllers above an object, nearest first. */
export function ownersOf(cluster: Cluster, object: { metadata: Pod['metadata'] }): Owner[] {
  const owners: Owner[] = []
  let current = object.metadata
  for (let depth = 0; depth < 5; depth++) {
    const reference = current.ownerReferences?.find((o) => o.controller)
    const id = reference && ownerKinds[reference.kind]
    const owner = id && reference ? cluster.cache.byUid(id, reference.uid) : undefined
    if (!owner) break
    owners.push({ kind: owner.kind, metadata: owner.metadata, spec: owner.spec })
    current = owner.metadata
  }
  return owners
}

async function readPod(client: KubeClient, target: ActionTarget): Promise<Pod | undefined> {
  const answer = await client.request({
    path: `/api/v1/namespaces/${encodeURIComponent(target.namespace)}/pods/${encodeURIComponent(target.name)}`,
  })
  if (answer.status === 404) return undefined
  return expectOk(answer, 'reading the pod').body as Pod
}

async function listNow(client: KubeClient, id: WatchedId, namespace: string): Promise<KubeObject[]> {
  const kind = watchedKinds.find((k) => k.id === id)
  const path = kind?.path.replace(/\/([a-z]+)$/, `/namespaces/${encodeURIComponent(namespace)}/$1`) ?? ''
  const answer = expectOk(await client.request({ path }), `listing ${id}`)
  return (answer.body.items ?? []).map((item: KubeObject) => ({
    ...item,
    apiVersion: kind?.apiVersion,
    kind: kind?.kind,
  }))
}

/** Deny tiers are read now only where the watch found them served. */
async function listTier(cluster: Cluster, client: KubeClient, id: WatchedId, namespace: string): Promise<KubeObject[]> {
  const known = cluster.cache.all(id)
  if (id !== 'ciliumnetworkpolicies' || known.length === 0) return known
  return [...known.filter((p) => p.metadata.namespace !== namespace), ...(await listNow(client, id, namespace))]
}

async function reviewAccess(
  client: KubeClient,
  target: ActionTarget,
  type: ActionType,
): Promise<ClusterView['access']> {
  const wanted = actionRights[type].flatMap((r) =>
    r.resources.flatMap((resource) => r.verbs.map((verb) => ({ verb, group: r.group, resource }))),
  )
  return Promise.all(
    wanted.map(async ({ verb, group, resource }) => {
      const name = resource === 'pods' ? target.name : undefined
      const resourceAttributes = { verb, group, resource, namespace: target.namespace, ...(name ? { name } : {}) }
      const answer = await client.request({
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } },
      })
      const allowed = answer.status === 201 && answer.body?.status?.allowed === true
      return {
        verb,
        group,
        resource,
        namespace: target.namespace,
        name,
        allowed,
        reason: (answer.body?.status?.reason ?? answer.body?.message ?? null) as string | null,
      }
    }),
  )
}

function expectOk(answer: KubeAnswer, what: string): KubeAnswer {
  if (answer.status === 200) return answer
  throw new ClusterUnreachable(
    `${what} was answered with ${answer.status}: ${answer.body?.message ?? 'no message'}`,
    false,
  )
}

function asPolicy(o: KubeObject): ClusterView['networkPolicies'][number] {
  return { apiVersion: o.apiVersion, kind: o.kind, metadata: o.metadata, spec: o.spec }
}

function emptyView(cluster: string): ClusterView {
  return {
    cluster,
    unreachable: null,
    serverVersion: null,
    pod: undefined,
    node: undefined,
    agentPods: [],
    agentConfig: {},
    namespaces: [],
    pods: [],
    networkPolicies: [],
    otherPolicies: [],
    services: [],
    disruptionBudgets: [],
    owners: [],
    access: [],
  }
}
