import type { NetworkPlugin } from '../network/plugin-behaviour.ts'
import type { Platform } from '../network/metadata-service.ts'
import type { NodeSpec } from '../nodes/node-spec.ts'
import type { StaticPodManifest } from '../nodes/static-pods.ts'

/** An object as a person would write it into a file; the API server adds the rest. */
export interface Manifest {
  apiVersion: string
  kind: string
  metadata: {
    name: string
    namespace?: string
    labels?: Record<string, string>
    annotations?: Record<string, string>
    finalizers?: string[]
  }
  [key: string]: unknown
}

/** A person or machine outside the cluster with a credential of their own. */
export interface ClusterUser {
  name: string
  groups: string[]
  userAgent: string
  sourceIP: string
}

/** One benign act of a quiet day; a run picks acts by weight. */
export interface QuietAct {
  user: string
  weight: number
  act:
    | { do: 'list'; path: string }
    | { do: 'scale'; namespace: string; deployment: string; between: [number, number] }
    | { do: 'restart'; namespace: string; deployment: string }
    | { do: 'configure'; namespace: string; configMap: string }
}

/** Everything that makes one lab cluster what it is. */
export interface LabClusterSpec {
  name: string
  platform: Platform
  /** As `GET /version` reports it. */
  version: string
  plugin: NetworkPlugin
  /** Format in which runtime events leave the cluster. */
  sensor: 'falco' | 'tetragon'
  /** First two octets of the Service range, e.g. `10.0`. */
  serviceRange: string
  /** Address of the control plane on the network. */
  apiAddress: string
  loadBalancerPool: string[]
  volumeDriver: string
  nodes: NodeSpec[]
  /** Static pods with the names of the nodes whose manifest directory holds them. */
  staticPods: { nodes: string[]; manifest: StaticPodManifest }[]
  users: ClusterUser[]
  manifests: Manifest[]
  quietDay: QuietAct[]
  /** Pods that are deleted once the cluster runs and stay, held by their finalizer. */
  terminating?: { namespace: string; name: string }[]
}
