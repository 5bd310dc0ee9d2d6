import { markers, type Pod, type ProbeResult } from '@cordon/response'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../inventory/cluster.ts'

export interface ProbeOptions {
  image: string
  /** How long the canary goes on trying at the most. */
  seconds: number
  signal: AbortSignal
}

/** Can this pod be probed at all? The port that would be tried, or undefined. */
export function probePort(pod: Pod): number | undefined {
  return pod.spec.containers.flatMap((c) => c.ports ?? []).find((p) => (p.protocol ?? 'TCP') === 'TCP')?.containerPort
}

/**
 * Tries to connect to the isolated pod from a short-lived pod of ours in its namespace, with a control connection that
 * must succeed: blocked and control connected = the enforcer works; control blocked too = nothing is shown. Refused and
 * timed out both count as blocked (measured: enforcers do either). The canary is owned by the target, ends by itself and
 * is deleted here; `sweepCanaries` finds what a crash left.
 */
export async function probeIsolation(
  cluster: Cluster,
  target: Pod,
  actionId: string,
  options: ProbeOptions,
): Promise<ProbeResult> {
  const client = cluster.client
  const port = probePort(target)
  const address = target.status.podIP
  if (!client || !port || !address)
    return { at: now(), target: 'unknown', control: 'unknown', text: 'The pod has no TCP port that could be tried.' }
  const control = controlFor(cluster, target, port)
  const body = canaryPod(target, actionId, { address, port }, control, options)
  const base = `/api/v1/namespaces/${target.metadata.namespace}/pods`
  const created = await client.request({ method: 'POST', path: base, body, signal: options.signal })
  if (created.status !== 201 && created.status !== 409)
    return {
      at: now(),
      target: 'unknown',
      control: 'unknown',
      text: `The probe pod couldn't be started: ${created.body?.message ?? created.status}`,
    }
  try {
    return await readResults(
      cluster,
      `${base}/${body.metadata.name}`,
      { address, port, control: control.text },
      options,
    )
  } finally {
    await removeCanary(cluster, `${base}/${body.metadata.name}`)
  }
}

interface Control {
  address: string
  port: number
  text: string
}

/** A sibling that serves the same port and isn't isolated proves most; else the API server. */
function controlFor(cluster: Cluster, target: Pod, port: number): Control {
  const siblings = cluster.cache.all('pods') as unknown as Pod[] // the cache holds whole pods
  const sibling = siblings.find(
    (p) =>
      p.metadata.namespace === target.metadata.namespace &&
      p.metadata.uid !== target.metadata.uid &&
      p.status.podIP &&
      p.metadata.labels?.[markers.isolation] === undefined &&
      probePort(p) === port &&
      p.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'),
  )
  if (sibling?.status.podIP)
    return { address: sibling.status.podIP, port, text: `pod ${sibling.metadata.name}:${port}` }
  const api = cluster.cache.get('services', 'default', 'kubernetes')?.spec?.clusterIP as string | undefined
  return { address: api ?? 'kubernetes.default.svc', port: 443, text: 'the API server' }
}

function canaryPod(
  target: Pod,
  actionId: string,
  to: { address: string; port: number },
  control: Control,
  options: ProbeOptions,
) {
  const tries = Math.max(3, options.seconds)
  // One line per try; nc's exit code is all that counts. Addresses come from pod status, which a user may have a hand in: quoted as arguments, never as script.
  const script = `i=0; while [ $i -lt ${tries} ]; do if nc -z -w 1 "$2" "$3"; then echo control connected; else echo control blocked; fi; if nc -z -w 1 "$0" "$1"; then echo target connected; else echo target blocked; fi; i=$((i+1)); sleep 0.2; done`
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `cordon-canary-${actionId}`.slice(0, 63),
      namespace: target.metadata.namespace,
      labels: { [markers.managedBy]: markers.managedByValue, [markers.action]: actionId, [markers.canary]: 'true' },
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
  tried: { address: string; port: number; control: string },
  options: ProbeOptions,
): Promise<ProbeResult> {
  const end = Date.now() + options.seconds * 1000
  let lines: string[] = []
  while (Date.now() < end && !options.signal.aborted) {
    const log = await cluster.client
      ?.request({ path: `${path}/log`, accept: '*/*', signal: options.signal })
      .catch(() => undefined)
    lines = log?.status === 200 && typeof log.body === 'string' ? log.body.trim().split('\n').filter(Boolean) : lines
    const result = judge(lines, tried)
    if (result.target === 'blocked' && result.control === 'connected') return result
    await sleep(250)
  }
  return judge(lines, tried)
}

/** The last two tries must agree: the enforcer takes a moment, and one lost packet proves nothing. */
function judge(
  lines: string[],
  { address, port, control }: { address: string; port: number; control: string },
): ProbeResult {
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
