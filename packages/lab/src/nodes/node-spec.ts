import type { KubeObject } from '../ports.ts'

/** One machine of a cluster. */
export interface NodeSpec {
  name: string
  ip: string
  externalIP?: string
  /** First three octets of the node's pod range, e.g. `10.244.1`. */
  podSubnet: string
  providerID: string
  labels: Record<string, string>
  taints?: { key: string; value?: string; effect: string }[]
  osImage: string
  kernelVersion: string
  kubeletVersion: string
  containerRuntimeVersion: string
  cpu: number
  memoryGiB: number
}

/** The Node object a kubelet registers itself with. */
export function nodeObject(spec: NodeSpec) {
  return {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: {
      name: spec.name,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': spec.name,
        'kubernetes.io/os': 'linux',
        ...spec.labels,
      },
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: {
      podCIDR: `${spec.podSubnet}.0/24`,
      podCIDRs: [`${spec.podSubnet}.0/24`],
      providerID: spec.providerID,
      ...(spec.taints ? { taints: spec.taints } : {}),
    },
  }
}

/** Status as the kubelet reports it; all pressures off. */
export function nodeStatus(spec: NodeSpec, before: KubeObject | undefined, now: string) {
  const resources = {
    cpu: String(spec.cpu),
    'ephemeral-storage': '129886128Ki',
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: `${spec.memoryGiB * 1024 * 1024}Ki`,
    pods: '110',
  }
  return {
    addresses: [
      { type: 'InternalIP', address: spec.ip },
      ...(spec.externalIP ? [{ type: 'ExternalIP', address: spec.externalIP }] : []),
      { type: 'Hostname', address: spec.name },
    ],
    allocatable: resources,
    capacity: resources,
    conditions: nodeConditions(before, now),
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      architecture: 'amd64',
      bootID: `${spec.name}-boot`,
      containerRuntimeVersion: spec.containerRuntimeVersion,
      kernelVersion: spec.kernelVersion,
      kubeProxyVersion: spec.kubeletVersion,
      kubeletVersion: spec.kubeletVersion,
      machineID: spec.name,
      operatingSystem: 'linux',
      osImage: spec.osImage,
      systemUUID: spec.name,
    },
  }
}

const HEALTHY = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
] as const

function nodeConditions(before: KubeObject | undefined, now: string) {
  return HEALTHY.map(([type, status, reason, message]) => {
    const earlier = (before?.status?.conditions ?? []).find((item: { type: string }) => item.type === type)
    const lastTransitionTime = earlier?.status === status ? earlier.lastTransitionTime : now
    return { type, status, reason, message, lastHeartbeatTime: now, lastTransitionTime }
  })
}
