import { parseEntityKey } from '@cordon/entities'
import {
  type ActionOptions,
  type ActionTarget,
  type ActionType,
  type ClusterView,
  detachedLabels,
  matches,
  type Owner,
  type Pod,
  type PolicyTier,
  type Right,
  rightsOf,
  workloadPath,
  workloadResource,
} from '@cordon/response'
import { ClusterUnreachable, type KubeAnswer, type KubeClient } from '../../adapters/kubernetes/kube-client.ts'
import type { Cluster } from '../inventory/cluster.ts'
import { denyTierIds, type KubeObject, type WatchedId, watchedKinds } from '../inventory/kinds.ts'

/**
 * What an action on `target` needs to know. The pod and the policies of its namespace are read from the API server now;
 * the rest (peers, owners, services, agents) comes from the watches. `ask` adds SelfSubjectAccessReviews.
 */
export async function readView(
  cluster: Cluster,
  target: ActionTarget,
  ask: { type: ActionType; options: ActionOptions } | null,
): Promise<ClusterView> {
  const client = cluster.client
  if (!client) return { ...emptyView(cluster.name), unreachable: cluster.stateDetail ?? 'no connection' }
  // A verdict on half a list would call missing what only hasn't been read yet.
  if (!cluster.cache.answered())
    return { ...emptyView(cluster.name), unreachable: cluster.stateDetail ?? 'its objects are still being listed' }
  const kind = workloadKindOf(target)
  try {
    const [pod, workload, policies, tiers, access, apiAddresses] = await Promise.all([
      kind ? undefined : readPod(client, target),
      kind ? readWorkload(client, target, kind.kind) : undefined,
      kind ? [] : listNow(client, 'networkpolicies', target.namespace),
      kind ? [] : Promise.all(denyTierIds.map((id) => listTier(cluster, client, id, target.namespace))),
      ask ? reviewAccess(client, target, ask) : [],
      kind ? [] : readApiAddresses(client, cluster),
    ])
    return assemble(cluster, target, { pod, workload, policies, tiers: tiers.flat(), access, apiAddresses })
  } catch (error) {
    if (error instanceof ClusterUnreachable) return { ...emptyView(cluster.name), unreachable: error.message }
    throw error
  }
}

/** Kind and plural of a workload target; undefined for pods. */
export function workloadKindOf(
  target: Pick<ActionTarget, 'key' | 'kind'>,
): { kind: string; group: string; plural: string } | undefined {
  if (target.kind !== 'workload') return undefined
  const kind = parseEntityKey(target.key)?.parts[2] ?? ''
  const found = workloadResource(kind)
  return found && { kind, ...found }
}

interface Fresh {
  pod: Pod | undefined
  workload: Owner | undefined
  policies: KubeObject[]
  tiers: KubeObject[]
  access: ClusterView['access']
  apiAddresses: string[]
}

function assemble(cluster: Cluster, target: ActionTarget, fresh: Fresh): ClusterView {
  const { cache } = cluster
  const elsewhere = cache.all('networkpolicies').filter((p) => p.metadata.namespace !== target.namespace)
  const others = cache
    .all('pods')
    .filter(
      (p) =>
        target.kind !== 'pod' ||
        (p.metadata.uid !== fresh.pod?.metadata.uid &&
          !(p.metadata.namespace === target.namespace && p.metadata.name === target.name)),
    )
  const pods = [...(others as unknown as Pod[]), ...(fresh.pod ? [fresh.pod] : [])] // the cache holds whole pods
  const nodes = cache.all('nodes') as unknown as ClusterView['nodes'] // as above
  return {
    cluster: cluster.name,
    unreachable: null,
    serverVersion: cluster.serverVersion,
    pod: fresh.pod,
    workload: fresh.workload,
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
    formerOwners: fresh.pod ? formerOwnersOf(cluster, fresh.pod) : [],
    access: fresh.access,
    nodes,
    apiAddresses: fresh.apiAddresses,
    tiers: tiersOf(cluster, fresh.access),
    flows: null,
  }
}

/** Deny tiers that are served, by the watches, and in which our account may create and delete. */
function tiersOf(cluster: Cluster, access: ClusterView['access']): PolicyTier[] {
  const may = (group: string, resource: string) => {
    const asked = access.filter((a) => a.group === group && a.resource === resource)
    return asked.every((a) => a.allowed)
  }
  const tiers: (PolicyTier | false)[] = [
    cluster.cache.isListed('ciliumnetworkpolicies') &&
      may('cilium.io', 'ciliumnetworkpolicies') && { id: 'cilium', apiVersion: 'cilium.io/v2' },
    cluster.cache.isListed('calico-v3-networkpolicies') && may('projectcalico.org', 'networkpolicies')
      ? { id: 'calico', apiVersion: 'projectcalico.org/v3' }
      : cluster.cache.isListed('calico-networkpolicies') &&
        may('crd.projectcalico.org', 'networkpolicies') && { id: 'calico', apiVersion: 'crd.projectcalico.org/v1' },
    cluster.cache.isListed('clusternetworkpolicies') &&
      may('policy.networking.k8s.io', 'clusternetworkpolicies') && {
        id: 'cluster-network-policy',
        apiVersion: 'policy.networking.k8s.io/v1alpha2',
      },
    cluster.cache.isListed('adminnetworkpolicies') &&
      may('policy.networking.k8s.io', 'adminnetworkpolicies') && {
        id: 'admin-network-policy',
        apiVersion: 'policy.networking.k8s.io/v1alpha1',
      },
  ]
  return tiers.filter((t) => t !== false)
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

/** Who would adopt a detached pod: the workload that selects it by the labels it had. */
function formerOwnersOf(cluster: Cluster, pod: Pod): Owner[] {
  const taken = detachedLabels(pod)
  if (Object.keys(taken).length === 0 || pod.metadata.ownerReferences?.some((o) => o.controller)) return []
  const labels = { ...pod.metadata.labels, ...taken }
  const former = (['replicasets', 'statefulsets', 'daemonsets'] as const)
    .flatMap((id) => cluster.cache.all(id))
    .find((o) => o.metadata.namespace === pod.metadata.namespace && matches(o.spec?.selector, labels))
  if (!former) return []
  return [{ kind: former.kind, metadata: former.metadata, spec: former.spec }, ...ownersOf(cluster, former)]
}

async function readPod(client: KubeClient, target: ActionTarget): Promise<Pod | undefined> {
  const answer = await client.request({
    path: `/api/v1/namespaces/${encodeURIComponent(target.namespace)}/pods/${encodeURIComponent(target.name)}`,
  })
  if (answer.status === 404) return undefined
  return expectOk(answer, 'reading the pod').body as Pod
}

async function readWorkload(client: KubeClient, target: ActionTarget, kind: string): Promise<Owner | undefined> {
  const path = workloadPath(kind, encodeURIComponent(target.namespace), encodeURIComponent(target.name)) ?? ''
  const answer = await client.request({ path })
  if (answer.status === 404) return undefined
  return { ...(expectOk(answer, 'reading the workload').body as Owner), kind }
}

/** Where the API server really listens: a restriction must name these, since Services are resolved before policies. */
async function readApiAddresses(client: KubeClient, cluster: Cluster): Promise<string[]> {
  const selector = encodeURIComponent('kubernetes.io/service-name=kubernetes')
  const answer = await client.request({
    path: `/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=${selector}`,
  })
  if (answer.status !== 200 && answer.status !== 403 && answer.status !== 404)
    expectOk(answer, 'reading the addresses of the API server')
  const slices: { endpoints?: { addresses: string[] }[] }[] = answer.body?.items ?? []
  const service = cluster.cache.get('services', 'default', 'kubernetes')?.spec?.clusterIP as string | undefined
  const addresses = slices.flatMap((s) => (s.endpoints ?? []).flatMap((e) => e.addresses))
  return [...new Set([...addresses, ...(service ? [service] : [])])].toSorted()
}

async function listNow(client: KubeClient, id: WatchedId, namespace: string | undefined): Promise<KubeObject[]> {
  const kind = watchedKinds.find((k) => k.id === id)
  const whole = kind?.path ?? ''
  const path = namespace ? whole.replace(/\/([a-z]+)$/, `/namespaces/${encodeURIComponent(namespace)}/$1`) : whole
  const answer = expectOk(await client.request({ path }), `listing ${id}`)
  return (answer.body.items ?? []).map((item: KubeObject) => ({
    ...item,
    apiVersion: kind?.apiVersion,
    kind: kind?.kind,
  }))
}

const clusterWide = new Set<WatchedId>([
  'ciliumclusterwidenetworkpolicies',
  'calico-globalnetworkpolicies',
  'calico-tiers',
  'calico-v3-globalnetworkpolicies',
  'calico-v3-tiers',
  'clusternetworkpolicies',
  'adminnetworkpolicies',
  'baselineadminnetworkpolicies',
])

// Calico serves each of its objects a second time, under another name, where its API server runs.
const servedTwice: Partial<Record<WatchedId, WatchedId>> = {
  'calico-networkpolicies': 'calico-v3-networkpolicies',
  'calico-globalnetworkpolicies': 'calico-v3-globalnetworkpolicies',
  'calico-tiers': 'calico-v3-tiers',
}

/** Deny tiers are read now, like the plain policies, but only where the watch found them served. */
async function listTier(cluster: Cluster, client: KubeClient, id: WatchedId, namespace: string): Promise<KubeObject[]> {
  const known = cluster.cache.all(id)
  const better = servedTwice[id]
  if (better && cluster.cache.isListed(better)) return []
  if (!cluster.cache.isListed(id)) return known
  if (clusterWide.has(id)) return listNow(client, id, undefined)
  return [...known.filter((p) => p.metadata.namespace !== namespace), ...(await listNow(client, id, namespace))]
}

async function reviewAccess(
  client: KubeClient,
  target: ActionTarget,
  { type, options }: { type: ActionType; options: ActionOptions },
): Promise<ClusterView['access']> {
  const kind = workloadKindOf(target)
  const wanted = rightsOf(type, options)
    .flatMap((r) => r.resources.flatMap((resource) => r.verbs.map((verb) => ({ right: r, verb, resource }))))
    .filter(({ resource }) => !kind || resource.split('/')[0] === kind.plural)
  return Promise.all(wanted.map(({ right, verb, resource }) => reviewOne(client, target, right, { verb, resource })))
}

async function reviewOne(
  client: KubeClient,
  target: ActionTarget,
  right: Right,
  { verb, resource: full }: { verb: string; resource: string },
): Promise<ClusterView['access'][number]> {
  const [resource = '', subresource] = full.split('/')
  const name = resource === 'pods' || target.kind === 'workload' ? target.name : undefined
  const namespace = right.clusterScoped ? '' : target.namespace
  const resourceAttributes = {
    verb,
    group: right.group,
    resource,
    namespace,
    ...(subresource ? { subresource } : {}),
    ...(name ? { name } : {}),
  }
  const answer = await client.request({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } },
  })
  if (answer.status !== 201 && answer.status !== 403)
    expectOk({ ...answer, status: answer.status === 200 ? 500 : answer.status }, 'asking for our rights')
  return {
    verb,
    group: right.group,
    resource: full,
    namespace: target.namespace,
    name,
    allowed: answer.status === 201 && answer.body?.status?.allowed === true,
    reason: (answer.body?.status?.reason ?? answer.body?.message ?? null) as string | null,
    ...(right.optional ? { optional: true } : {}),
  }
}

function expectOk(answer: KubeAnswer, what: string): KubeAnswer {
  if (answer.status === 200) return answer
  throw new ClusterUnreachable(
    `${what} was answered with ${answer.status}: ${answer.body?.message ?? 'no message'}`,
    false,
  )
}

function asPolicy(o: KubeObject): ClusterView['networkPolicies'][number] {
  return { apiVersion: o.apiVersion, kind: o.kind, metadata: o.metadata, spec: o.spec, status: o.status }
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
    nodes: [],
    apiAddresses: [],
    tiers: [],
    flows: null,
  }
}
