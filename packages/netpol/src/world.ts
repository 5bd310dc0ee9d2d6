/** Shapes of `shared/data/reachability`: the world a verdict is computed over. Field names are those of the recordings. */

export interface World {
  namespaces: { name: string; labels: Record<string, string> }[]
  pods: WorldPod[]
  policies: PolicyObject[]
  /** ClusterIP Services, where a caller wants connections by ClusterIP resolved. */
  services?: WorldService[]
}

export interface WorldPod {
  name: string
  namespace: string
  node: string
  /** Primary address. */
  ip: string
  /** All addresses (dual stack), the primary included; absent = only `ip`. */
  ips?: string[]
  labels: Record<string, string>
  /** Named TCP ports of the containers: name → number. */
  ports: Record<string, number>
  hostNetwork?: boolean
}

export interface WorldService {
  name: string
  namespace: string
  clusterIP: string
  selector: Record<string, string>
  ports: { port: number; targetPort: number | string; protocol?: 'TCP' | 'UDP' | 'SCTP' }[]
}

/** A policy as the API server stores it: NetworkPolicy, or one of the deny tiers by apiVersion and kind. */
export interface PolicyObject {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; uid?: string; labels?: Record<string, string> }
  spec: any // any: shape depends on apiVersion and kind; each evaluator parses its own
}

/** One end of a connection: a pod by namespace and name, or an address outside the pod network, or a node. */
export type Peer = { pod: string; namespace: string } | { ip: string } | { node: string }

export interface PortQuery {
  port: number
  protocol: 'TCP' | 'UDP' | 'SCTP'
}

/** The answer and who is responsible for it. */
export interface Verdict {
  allowed: boolean
  because: Reason[]
}

/** One statement per direction that was decisive; `policy` names the object where one decided. */
export interface Reason {
  direction: 'egress' | 'ingress'
  effect: 'allow' | 'deny'
  rule:
    | 'no-policy-selects'
    | 'policy-allows'
    | 'no-rule-matches'
    | 'explicit-deny'
    | 'host-network'
    | 'own-node'
    | 'self'
    | 'outside-cluster'
  policy?: { apiVersion: string; kind: string; namespace?: string; name: string; ruleIndex?: number }
  text: string
}
