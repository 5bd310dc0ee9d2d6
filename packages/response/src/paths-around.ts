import type { Preflight } from './action.ts'
import type { ClusterView, Pod } from './cluster-view.ts'

type Consequence = Preflight['consequences'][number]

const runtimeSockets = /(docker|containerd|crio|cri-dockerd)\.sock$|^\/(var\/)?run(\/(containerd|crio))?$/

/** Ways on that no network policy touches (response semantics, “What isolation does not stop”). */
export function pathsAround(view: ClusterView, pod: Pod): Consequence[] {
  const out: Consequence[] = []
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
  const privileged = containers.filter((c) => c.securityContext?.privileged).map((c) => c.name)
  if (privileged.length > 0 || pod.spec.hostPID)
    out.push({
      kind: 'danger',
      text: `${privileged.length > 0 ? `Container ${privileged.join(', ')} is privileged` : 'The pod shares its node’s process namespace'}: it can take over its node ${pod.spec.nodeName ?? ''}, which isn't isolated.`,
    })
  out.push(...sharedFiles(view, pod))
  const account = pod.spec.serviceAccountName
  if (account)
    out.push({
      kind: 'info',
      text: `A token of service account ${account} that was already stolen works elsewhere until this pod is deleted.`,
    })
  if (isAmbient(view, pod))
    out.push({
      kind: 'warning',
      text: 'An ambient mesh carries its traffic through a proxy of the node: connections that proxy holds open may go on.',
    })
  out.push({
    kind: 'info',
    text: 'kubectl exec, attach, port-forward and logs go on working: they go through its node.',
  })
  return out
}

function sharedFiles(view: ClusterView, pod: Pod): Consequence[] {
  const out: Consequence[] = []
  const volumes = pod.spec.volumes ?? []
  const hostPaths = volumes.flatMap((v) => v.hostPath?.path ?? [])
  const sockets = hostPaths.filter((path) => runtimeSockets.test(path))
  if (sockets.length > 0)
    out.push({
      kind: 'danger',
      text: `The container runtime’s socket is mounted (${sockets.join(', ')}): through it the pod can start others that aren’t isolated.`,
    })
  const folders = hostPaths.filter((path) => !sockets.includes(path))
  if (folders.length > 0)
    out.push({ kind: 'warning', text: `Host folders stay writable or readable: ${folders.join(', ')}.` })
  for (const claim of volumes.flatMap((v) => v.persistentVolumeClaim?.claimName ?? [])) {
    const sharers = view.pods.filter(
      (p) =>
        p.metadata.uid !== pod.metadata.uid &&
        p.metadata.namespace === pod.metadata.namespace &&
        p.spec.volumes?.some((v) => v.persistentVolumeClaim?.claimName === claim),
    )
    if (sharers.length > 0)
      out.push({
        kind: 'warning',
        text: `Volume ${claim} stays shared with ${sharers.map((p) => p.metadata.name).join(', ')}.`,
      })
  }
  return out
}

function isAmbient(view: ClusterView, pod: Pod): boolean {
  const of = view.namespaces.find((n) => n.metadata.name === pod.metadata.namespace)
  const mode = (labels: Record<string, string> | undefined) => labels?.['istio.io/dataplane-mode']
  return (mode(pod.metadata.labels) ?? mode(of?.metadata.labels)) === 'ambient'
}
