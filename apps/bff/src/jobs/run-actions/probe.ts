import { canConnect } from '@cordon/netpol'
import {
  actions,
  type ActionTarget,
  type ActionType,
  type ClusterView,
  detachedLabels,
  isPolicyOf,
  markers,
  matches,
  type Pod,
  type ProbeResult,
  worldOf,
  worldPod,
} from '@cordon/response'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../inventory/cluster.ts'
import { noteCanary } from './canaries.ts'

export interface ProbeOptions {
  image: string
  /** How long the canary goes on trying at the most. */
  seconds: number
  signal: AbortSignal
  /** What the tries show so far. */
  onTry?: (soFar: ProbeResult) => void
}

interface Destination {
  address: string
  port: number
  text: string
}

/** What a canary would try, and what it must reach for the result to mean anything. */
export interface ProbePlan {
  target: Pod
  actionId: string
  /** Who tries, in words. */
  from: string
  /** Labels of the canary beside those that mark it as ours. */
  labels: Record<string, string>
  /** The canary must run here; null = anywhere. */
  node: string | null
  to: Destination
  control: Destination
  /** Something is known to listen at `to`. */
  answers: boolean
}

const canaryLabels = (actionId: string) => ({
  [markers.managedBy]: markers.managedByValue,
  [markers.action]: actionId,
  [markers.canary]: 'true',
})

// RFC 863. Nothing listens there, which is enough: see `judge`.
const discardPort = 9

/**
 * Plans a probe that can prove something, or none. By the policies in force, without ours the connection would have to
 * be open (else its failure says nothing of the isolation), and the control open now. A detached pod must have been open
 * under its former labels too: as long as the enforcer hasn't noticed the new ones, what blocks would be the policies it
 * was taken away from. Undefined where no such pair exists.
 */
export function planProbe(
  view: ClusterView,
  { id, target, type }: { id: string; target: ActionTarget; type: ActionType },
): ProbePlan | undefined {
  if (actions[type].contains === 'restriction') return planTwinProbe(view, { id, target })
  if (actions[type].contains !== 'isolation') return undefined
  const { pod } = view
  const address = pod?.status.podIP
  if (!pod || pod.metadata.uid !== target.uid || !address) return undefined
  const port = probePort(pod) ?? servedPort(view, pod) ?? discardPort
  const canary = canaryPeer(pod, id, {})
  const foreign = (p: ClusterView['networkPolicies'][number]) => !isPolicyOf(p, id)
  const without = worldOf({
    ...view,
    networkPolicies: view.networkPolicies.filter(foreign),
    otherPolicies: view.otherPolicies.filter(foreign),
  })
  const attached = { ...pod, metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, ...detachedLabels(pod) } } }
  const now = worldOf(view)
  const open = [pod, attached].every((p) => {
    const pods = without.pods.filter((w) => w.name !== p.metadata.name || w.namespace !== p.metadata.namespace)
    const self = worldPod(p)
    return canConnect({ ...without, pods: [...pods, self, canary] }, canary, self, { port }).allowed
  })
  if (!open) return undefined
  const world = { ...now, pods: [...now.pods, canary] }
  const control = controlFor(view, pod, port, (to, p) => canConnect(world, canary, to, { port: p }).allowed)
  return (
    control && {
      target: pod,
      actionId: id,
      from: 'a probe pod in the same namespace',
      labels: {},
      node: null,
      to: { address, port, text: `${address}:${port}` },
      control,
      answers: isListening(pod, port),
    }
  )
}

/**
 * A restriction limits what the pod reaches, which nobody but the pod can try. So a twin tries: a pod of ours on the same
 * node with the label by which the very same policy selects. It must not reach the API server and must reach a pod.
 */
function planTwinProbe(view: ClusterView, { id, target }: { id: string; target: ActionTarget }): ProbePlan | undefined {
  const { pod } = view
  const api = apiService(view)
  const real = view.apiAddresses.find((ip) => ip !== api) ?? view.apiAddresses[0]
  if (!pod || pod.metadata.uid !== target.uid || !pod.spec.nodeName || !api || !real) return undefined
  const labels = { [markers.restriction]: id }
  const twin = canaryPeer(pod, id, labels)
  const now = worldOf(view)
  const world = { ...now, pods: [...now.pods, twin] }
  const control = controlFor(view, pod, 0, (to, p) => 'name' in to && canConnect(world, twin, to, { port: p }).allowed)
  return (
    control && {
      target: pod,
      actionId: id,
      from: 'a probe pod under the same policy on the same node',
      labels,
      node: pod.spec.nodeName,
      to: { address: api, port: 443, text: 'the API server' },
      control,
      answers: true, // it answers us all the time
    }
  )
}

function canaryPeer(pod: Pod, id: string, labels: Record<string, string>) {
  return {
    ...worldPod(pod),
    name: 'cordon-canary',
    ip: '',
    ips: undefined,
    labels: { ...canaryLabels(id), ...labels },
    ports: {},
    hostNetwork: false,
  }
}

function apiService(view: ClusterView): string | undefined {
  const service = view.services.find((s) => s.metadata.namespace === 'default' && s.metadata.name === 'kubernetes')
  return service?.spec.clusterIP
}

/** A pod that serves the same port proves most, then any pod of the namespace, then the API server. */
function controlFor(
  view: ClusterView,
  target: Pod,
  port: number,
  open: (to: ReturnType<typeof worldPod> | { ip: string }, port: number) => boolean,
): Destination | undefined {
  const candidates = view.pods
    .filter(
      (p) =>
        p.metadata.namespace === target.metadata.namespace && p.metadata.uid !== target.metadata.uid && isServing(p),
    )
    .toSorted((a, b) => Number(probePort(b) === port) - Number(probePort(a) === port))
  for (const p of candidates) {
    const own = probePort(p)
    if (own !== undefined && p.status.podIP && open(worldPod(p), own))
      return { address: p.status.podIP, port: own, text: `pod ${p.metadata.name}:${own}` }
  }
  const api = apiService(view)
  const real = view.apiAddresses.find((ip) => ip !== api)
  return api && open({ ip: real ?? api }, 443) ? { address: api, port: 443, text: 'the API server' } : undefined
}

function isServing(p: Pod): boolean {
  const ready = p.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false
  return (
    ready &&
    !p.spec.hostNetwork &&
    !p.metadata.deletionTimestamp &&
    p.metadata.labels?.[markers.isolation] === undefined &&
    p.metadata.labels?.[markers.canary] === undefined
  )
}

/** The TCP port of a pod that can be tried. */
function probePort(pod: Pod): number | undefined {
  return pod.spec.containers.flatMap((c) => c.ports ?? []).find((p) => (p.protocol ?? 'TCP') === 'TCP')?.containerPort
}

/** A port that a Service sends to this pod, where the pod itself declares none. */
function servedPort(view: ClusterView, pod: Pod): number | undefined {
  const services = view.services.filter(
    (s) =>
      s.metadata.namespace === pod.metadata.namespace &&
      Object.keys(s.spec.selector ?? {}).length > 0 &&
      matches({ matchLabels: s.spec.selector }, pod.metadata.labels),
  )
  const ports = services.flatMap((s) => s.spec.ports ?? []).filter((p) => (p.protocol ?? 'TCP') === 'TCP')
  return ports.map((p) => p.targetPort ?? p.port).find((p) => typeof p === 'number')
}

/** The kubelet's own readiness probe succeeds on this port: something answers there. A declared port alone says nothing. */
function isListening(pod: Pod, port: number): boolean {
  const ready = pod.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false
  const probed = pod.spec.containers.flatMap((c) => {
    const wanted = c.readinessProbe?.httpGet?.port ?? c.readinessProbe?.tcpSocket?.port
    return typeof wanted === 'string' ? c.ports?.find((p) => p.name === wanted)?.containerPort : wanted
  })
  return ready && probed.includes(port)
}

/**
 * Tries to connect to the isolated pod from a short-lived pod of ours in its namespace, with a control connection that
 * must succeed: blocked and control connected = the enforcer works; control blocked too = nothing is shown. The canary is owned by the target, ends by itself and
 * is deleted here; `sweepCanaries` finds what a crash left.
 */
export async function probeIsolation(cluster: Cluster, plan: ProbePlan, options: ProbeOptions): Promise<ProbeResult> {
  const { client } = cluster
  // One left by a process of ours that died has spent its tries, or tries under a policy that wasn't in force yet.
  await removeCanaries(cluster, (actionId) => actionId === plan.actionId)
  const unknown = (text: string): ProbeResult => ({ at: now(), target: 'unknown', control: 'unknown', text })
  if (!client) return unknown('There is no connection to the cluster.')
  const body = canaryPod(plan, options)
  const base = `/api/v1/namespaces/${plan.target.metadata.namespace}/pods`
  const path = `${base}/${body.metadata.name}`
  noteCanary(cluster.name, plan.target.metadata.namespace ?? '', body.metadata.name)
  const created = await client.request({ method: 'POST', path: base, body, signal: options.signal })
  if (created.status !== 201)
    return unknown(`The probe pod couldn't be started: ${created.body?.message ?? created.status}`)
  try {
    return await readResults(cluster, path, plan, options)
  } finally {
    await removeCanary(cluster, path)
  }
}

/** Different for each probe, so that no result of an earlier one is taken for this one's. */
function canaryName(actionId: string): string {
  return `cordon-canary-${actionId}-${randomBytes(2).toString('hex')}`
}

function canaryPod({ target, actionId, to, control, labels, node }: ProbePlan, options: ProbeOptions) {
  const tries = Math.max(3, options.seconds)
  // One line per try. Addresses come from pod status, which a user may have a hand in: they are arguments, never script.
  const attempt =
    'try() { if out=$(nc -z -w 1 "$2" "$3" 2>&1); then echo "$1 connected"; else case "$out" in *[Rr]efused*) echo "$1 refused";; *) echo "$1 timeout";; esac; fi; }'
  const script = `${attempt}; i=0; while [ $i -lt ${tries} ]; do try control "$2" "$3"; try target "$0" "$1"; i=$((i+1)); sleep 0.2; done`
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: canaryName(actionId),
      namespace: target.metadata.namespace,
      labels: { ...canaryLabels(actionId), ...labels },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: target.metadata.name, uid: target.metadata.uid }],
    },
    spec: {
      restartPolicy: 'Never',
      ...(node ? { nodeName: node } : {}),
      activeDeadlineSeconds: options.seconds * 4 + 30,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'canary',
          image: options.image,
          command: ['sh', '-c', script, to.address, String(to.port), control.address, String(control.port)],
          resources: { limits: { cpu: '50m', memory: '16Mi' }, requests: { cpu: '10m', memory: '8Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    },
  }
}

async function readResults(
  cluster: Cluster,
  path: string,
  plan: ProbePlan,
  options: ProbeOptions,
): Promise<ProbeResult> {
  const end = Date.now() + options.seconds * 1000
  let lines: string[] = []
  while (Date.now() < end && !options.signal.aborted) {
    const log = await cluster.client
      ?.request({ path: `${path}/log`, accept: '*/*', signal: options.signal })
      .catch(() => undefined)
    lines = log?.status === 200 && typeof log.body === 'string' ? log.body.trim().split('\n').filter(Boolean) : lines
    const result = judge(lines, plan)
    if (result.target === 'blocked' && result.control === 'connected') return result
    if (lines.length > 0) options.onTry?.(result)
    await sleep(250)
  }
  return judge(lines, plan)
}

/**
 * What the tries show. A new connection to a pod that nothing filters is answered at once: accepted, or refused by its
 * own kernel. No answer is therefore blocked, on any port. A refusal can be the enforcer's (measured: one in three) or
 * the pod's, so it counts only where something is known to listen. Two tries must say so: one lost packet proves nothing.
 */
export function judge(
  lines: string[],
  { from, to, control, answers }: Pick<ProbePlan, 'from' | 'to' | 'control' | 'answers'>,
): ProbeResult {
  const tries = (what: string) => lines.filter((l) => l.startsWith(`${what} `)).map((l) => l.slice(what.length + 1))
  const reached = tries('control').slice(-2)
  const target = tries('target')
  const sinceOpen = target.slice(target.lastIndexOf('connected') + 1)
  const blocked = sinceOpen.filter((t) => t === 'timeout' || answers).length >= 2
  const open = target.slice(-2).every((t) => t === 'connected') && target.length >= 2
  const verdict = blocked ? 'blocked' : open ? 'connected' : 'unknown'
  const controlVerdict =
    reached.length < 2 || reached[0] !== reached[1] ? 'unknown' : reached[0] === 'connected' ? 'connected' : 'blocked'
  const words = { connected: 'connected', blocked: 'was blocked', unknown: 'gave no clear result' }
  return {
    at: now(),
    target: verdict,
    control: controlVerdict,
    text: `From ${from}, new connections to ${to.text} ${verdict === 'blocked' ? `were blocked (${counted(sinceOpen)})` : words[verdict]}; the control connection to ${control.text} ${words[controlVerdict]}.`,
    details: { lines: lines.slice(-10) },
  }
}

function counted(tries: string[]): string {
  const count = (what: string) => tries.filter((t) => t === what).length
  return [`${count('timeout')} without an answer`, `${count('refused')} refused`].join(', ')
}

async function removeCanary(cluster: Cluster, path: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 }
  await cluster.client?.request({ method: 'DELETE', path, body }).catch(() => undefined) // swept later, and it ends by itself
}

/** Deletes probe pods that no running probe of ours needs any more. */
export function sweepCanaries(cluster: Cluster, inUse: Set<string>): Promise<void> {
  return removeCanaries(cluster, (actionId) => !inUse.has(actionId))
}

async function removeCanaries(cluster: Cluster, of: (actionId: string) => boolean): Promise<void> {
  const canaries = cluster.cache
    .all('pods')
    .filter(
      (p) =>
        p.metadata.labels?.[markers.canary] === 'true' &&
        p.metadata.labels[markers.managedBy] === markers.managedByValue &&
        of(p.metadata.labels[markers.action] ?? ''),
    )
  for (const { metadata } of canaries)
    await removeCanary(cluster, `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`)
}

function now(): string {
  return new Date().toISOString()
}
