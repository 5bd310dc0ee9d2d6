import type { Output } from '@cordon/contract'
import { Badge } from '@cordon/ui'
import { CircleX, Link2, LoaderCircle, Unplug } from 'lucide-react'

type Cluster = Output<'clusterList'>['items'][number]

export const platformLabels: Record<Cluster['platform'], string> = {
  aks: 'AKS',
  eks: 'EKS',
  gke: 'GKE',
  k3s: 'K3s',
  unknown: 'Kubernetes',
}

/** Whether the cluster is reached now. */
export function ClusterStateBadge({ state }: { state: Cluster['state'] }) {
  switch (state) {
    case 'connected':
      return <Badge icon={<Link2 aria-hidden />}>Connected</Badge>
    case 'connecting':
      return (
        <Badge tone="progress" icon={<LoaderCircle className="animate-spin" aria-hidden />}>
          Connecting
        </Badge>
      )
    case 'unreachable':
      return (
        <Badge tone="failed" icon={<Unplug aria-hidden />}>
          Unreachable
        </Badge>
      )
    case 'refused':
      return (
        <Badge tone="failed" icon={<CircleX aria-hidden />}>
          Refused
        </Badge>
      )
  }
}
