import type { Manifest } from './clusters/cluster-spec.ts'
import type { ClusterSinks, ServiceAccountName } from './lab-cluster.ts'

/** What the lab's process is started with: plain JSON. */
export interface LabProcessConfig {
  dataDir: string
  clusters?: string[]
  enforcementDelayMs?: number
  quiet?: boolean
  quietEveryMs?: number
  sinks?: Record<string, ClusterSinks>
  bootstrap?: Record<string, Manifest[]>
  tokensFor?: Record<string, ServiceAccountName[]>
  /** Kubeconfigs to write before the lab says it is ready. */
  kubeconfigs?: { path: string; which: 'admin' | { serviceaccount: ServiceAccountName } }[]
}

/** One cluster as the parent process gets to know it. */
export interface ReadyCluster {
  name: string
  serverUrl: string
  caPem: string
  adminToken: string
  userTokens: Record<string, string>
  tokens: (ServiceAccountName & { token: string })[]
}

/** Trouble to make in a cluster, by the name of the switch in `LabFaults`. */
export type FaultOrder =
  | { fault: 'hangApi'; ms: number | null }
  | { fault: 'refuseApi' | 'dropAudit' | 'dropRuntime'; on: boolean }
  | { fault: 'enforcementDelayMs'; ms: number }
  | { fault: 'nodeDown'; node: string; on: boolean }

export type ToLab =
  | { type: 'start'; config: LabProcessConfig }
  | { type: 'fault'; id: number; cluster: string; order: FaultOrder }
  | { type: 'stop' }

export type FromLab =
  | { type: 'ready'; clusters: ReadyCluster[] }
  | { type: 'fault-done'; id: number; error?: string }
  | { type: 'failed'; error: string }
