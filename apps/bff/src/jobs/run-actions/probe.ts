import { canConnect } from '@cordon/netpol'
import {
  type ActionTarget,
  type ClusterView,
  isPolicyOf,
  markers,
  type Pod,
  type ProbeResult,
  worldOf,
  worldPod,
} from '@cordon/response'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../inventory/cluster.ts'

export interface ProbeOptions {
  image: string
  /** How long the canary goes on trying at the most. */
  seconds: number
  signal: AbortSignal
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
  to: Destination
  control: Destination
}

const canaryLabels = (actionId: string) => ({
  [markers.managedBy]: markers.managedByValue,
  [markers.action]: actionId,
  [markers.canary]: 'true',
})

/**
 * Plans a probe that can prove something, or none. By the policies in force, without ours the connection would have to
 * be open (else its failure says nothing of the isolation), and the control open now. Undefined where the pod has no TCP
 * port or no such pair exists.
 */
export function planProbe(
  view: ClusterView,
  { id, target }: { id: string; target: ActionTarget },
): ProbePlan | undefined {
  const { pod } = view
  const port = pod && probePort(pod)
  const address = pod?.status.podIP
  if (!pod || pod.metadata.uid !== target.uid || port === undefined || !address) return undefined
  const canary = {
    ...worldPod(pod),
    name: canaryName(id),
    ip: '',
    ips: undefined,
    labels: canaryLabels(id),
    ports: {},
    hostNetwork: false,
  }
  const foreign = (p: ClusterView['networkPolicies'][number]) => !isPolicyOf(p, id)
  const without = worldOf({
    ...view,
    networkPolicies: view.networkPolicies.filter(foreign),
    otherPolicies: view.otherPolicies.filter(foreign),
  })
  const [now, before] = [worldOf(view), without].map((w) => ({ ...w, pods: [...w.pods, canary] }))
  if (!now || !before || !canConnect(before, canary, worldPod(pod), { port }).allowed) return undefined
  const control = controlFor(view, pod, port, (to, p) => canConnect(now, canary, to, { port: p }).allowed)
  return control && { target: pod, actionId: id, to: { address, port, text: `${address}:${port}` }, control }
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
  const api = view.services.find((s) => s.metadata.namespace === 'default' && s.metadata.name === 'kubernetes')?.spec
    .clusterIP
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

/**
 * Tries to connect to the isolated pod from a short-lived pod of ours in its namespace, with a control connection that
 * must succeed: blocked and control connected = the enforcer works; control blocked too = nothing is shown. Refused and
 * timed out both count as blocked (measured: enforcers do either). The canary is owned by the target, ends by itself and
 * is deleted here; `sweepCanaries` finds what a crash left.
 */
export async function probeIsolation(cluster: Cluster, plan: ProbePlan, options: ProbeOptions): Promise<ProbeResult> {
  const { client } = cluster
  const unknown = (text: string): ProbeResult => ({ at: now(), target: 'unknown', control: 'unknown', text })
  if (!client) return unknown('There is no connection to the cluster.')
  const body = canaryPod(plan, options)
  const base = `/api/v1/namespaces/${plan.target.metadata.namespace}/pods`
  const path = `${base}/${body.metadata.name}`
  const created = await client.request({ method: 'POST', path: base, body, signal: options.signal })
  if (created.status !== 201 && created.status !== 409)
    return unknown(`The probe pod couldn't be started: ${created.body?.message ?? created.status}`)
  try {
    return await readResults(cluster, path, plan, options)
  } finally {
    await removeCanary(cluster, path)
  }
}

function canaryName(actionId: string): string {
  return `cordon-canary-${actionId}`.slice(0, 63)
}

function canaryPod({ target, actionId, to, control }: ProbePlan, options: ProbeOptions) {
  const tries = Math.max(3, options.seconds)
  // One line per try; nc's exit code is all that counts. Addresses come from pod status, which a user may have a hand in: quoted as arguments, never as script.
  const script = `i=0; while [ $i -lt ${tries} ]; do if nc -z -w 1 "$2" "$3"; then echo control connected; else echo control blocked; fi; if nc -z -w 1 "$0" "$1"; then echo target connected; else echo target blocked; fi; i=$((i+1)); sleep 0.2; done`
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: canaryName(actionId),
      namespace: target.metadata.namespace,
      labels: canaryLabels(actionId),
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: target.metadata.name, uid: target.metadata.uid }],
    },
    spec: {
      restartPolicy: 'Never',
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
    await sleep(250)
  }
  return judge(lines, plan)
}

/** The last two tries must agree: the enforcer takes a moment, and one lost packet proves nothing. */
function judge(lines: string[], { to: { address, port }, control: { text: control } }: ProbePlan): ProbeResult {
  const last = (what: string) => {
    const recent = lines.filter((l) => l.startsWith(`${what} `)).slice(-2)
    if (recent.length < 2 || recent[0] !== recent[1]) return 'unknown' as const
    return recent[0]?.endsWith('connected') ? ('connected' as const) : ('blocked' as const)
  }
  const [target, reached] = [last('target'), last('control')]
  const words = { connected: 'connected', blocked: 'was blocked', unknown: 'gave no clear result' }
  return {
    at: now(),
    target,
    control: reached,
    text: `From a probe pod in the same namespace, a new connection to ${address}:${port} ${words[target]}; the control connection to ${control} ${words[reached]}.`,
    details: { lines: lines.slice(-10) },
  }
}

async function removeCanary(cluster: Cluster, path: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 }
  await cluster.client?.request({ method: 'DELETE', path, body }).catch(() => undefined) // swept later, and it ends by itself
}

/** Deletes probe pods that no running probe of ours needs any more. */
export async function sweepCanaries(cluster: Cluster, inUse: Set<string>): Promise<void> {
  const left = cluster.cache
    .all('pods')
    .filter(
      (p) =>
        p.metadata.labels?.[markers.canary] === 'true' &&
        p.metadata.labels[markers.managedBy] === markers.managedByValue,
    )
  for (const pod of left)
    if (!inUse.has(pod.metadata.labels?.[markers.action] ?? ''))
      await removeCanary(cluster, `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`)
}

function now(): string {
  return new Date().toISOString()
}
