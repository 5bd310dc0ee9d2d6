import type { ContainerRuntime, KubeObject, PodNetwork } from '../ports.ts'

export type ProbeKind = 'readiness' | 'liveness' | 'startup'

type Spec = any // any: of a container or probe, as stored

export interface ProbeTarget {
  pod: KubeObject
  runtimeUid: string
  podIP: string
  node: string
  container: Spec
}

export interface ProbeEnvironment {
  network: PodNetwork
  runtime: ContainerRuntime
  onResult(container: string, kind: ProbeKind, healthy: boolean): void
  onFailure(container: string, kind: ProbeKind, message: string): void
}

/**
 * Runs the probes of one container until stopped. They come from the pod's own node, which no NetworkPolicy can block
 * (Kubernetes documentation, "Network Policies"; measured), so an isolated pod stays Ready.
 */
export function startProbes(target: ProbeTarget, environment: ProbeEnvironment): () => void {
  const kinds: ProbeKind[] = ['readiness', 'liveness', 'startup']
  const stops = kinds.flatMap((kind) => {
    const probe = target.container[`${kind}Probe`]
    return probe ? [runProbe(target, kind, { probe, environment })] : []
  })
  return () => {
    for (const stop of stops) stop()
  }
}

// any: a probe as stored in the pod
function runProbe(
  target: ProbeTarget,
  kind: ProbeKind,
  run: { probe: Spec; environment: ProbeEnvironment },
): () => void {
  const { probe, environment } = run
  const period = (probe.periodSeconds ?? 10) * 1000
  let stopped = false
  let good = 0
  let bad = 0
  const attempt = async () => {
    const problem = await probeOnce(target, probe, environment).catch((error: unknown) => String(error))
    if (stopped) return
    if (problem === undefined) {
      good++
      bad = 0
      if (good >= (probe.successThreshold ?? 1)) environment.onResult(target.container.name, kind, true)
    } else {
      bad++
      good = 0
      environment.onFailure(target.container.name, kind, problem)
      if (bad >= (probe.failureThreshold ?? 3)) environment.onResult(target.container.name, kind, false)
    }
    timer = setTimeout(attempt, good === 0 ? Math.min(period, 1000 * 2 ** Math.min(bad, 6)) : period).unref()
  }
  let timer = setTimeout(
    attempt,
    (probe.initialDelaySeconds ?? 0) * 1000 + Math.random() * Math.min(period, 300),
  ).unref()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}

/** @returns what is wrong, or undefined when the probe passed. */
async function probeOnce(target: ProbeTarget, probe: Spec, environment: ProbeEnvironment): Promise<string | undefined> {
  if (probe.exec) return execProbe(target, probe.exec.command, environment)
  const action = probe.httpGet ?? probe.tcpSocket ?? probe.grpc
  if (!action) return undefined
  const port = portNumber(target.container, action.port)
  const to = { host: action.host ?? target.podIP, port, protocol: 'TCP' as const }
  const result = await environment.network.connect({ node: target.node }, to)
  if (!result.ok) return `dial tcp ${to.host}:${port}: connect: connection ${result.reason}`
  try {
    if (!probe.httpGet) return undefined
    const headers = { 'user-agent': 'kube-probe/1.31' }
    const response = await result.request({ method: 'GET', path: action.path ?? '/', headers, body: '' })
    return response.status >= 200 && response.status < 400
      ? undefined
      : `HTTP probe failed with statuscode: ${response.status}`
  } finally {
    result.close()
  }
}

async function execProbe(target: ProbeTarget, command: string[], { runtime }: ProbeEnvironment) {
  const { namespace, name } = target.pod.metadata
  const ref = { namespace: namespace ?? '', pod: name, podUid: target.runtimeUid, container: target.container.name }
  const io = { stdout: () => undefined, stderr: () => undefined, tty: false, signal: AbortSignal.timeout(10_000) }
  const result = await runtime.exec(ref, command, io)
  return result.exitCode === 0 ? undefined : (result.startError ?? `command exited with ${result.exitCode}`)
}

function portNumber(container: Spec, port: number | string): number {
  if (typeof port === 'number') return port
  const named = (container.ports ?? []).find((item: { name?: string }) => item.name === port)
  return named?.containerPort ?? Number(port)
}
