import type { AddressSet } from './address.ts'
import type { Certainty } from './certainty.ts'
import type { End, LatentPod, PodEnd } from './end.ts'
import type { PolicyObject, PortQuery, Reason } from './world.ts'

export type Direction = 'ingress' | 'egress'
export type Protocol = PortQuery['protocol']
export type PolicyRef = NonNullable<Reason['policy']>

/** One way a rule names a peer. */
export interface PeerMatch {
  text: string
  match(end: End, self: PodEnd): Certainty
  /** Address boundaries the match depends on; openPaths splits the address space there. */
  addresses?: AddressSet
  /** The pods this peer would take, for pods that do not exist yet. */
  latent?: LatentPod
  /** A peer that is neither a pod, a node nor an outside address by itself, such as Cilium's kube-apiserver. */
  special?: string
}

export interface PortRange {
  protocol: Protocol
  first: number
  last: number
}

/** One way a rule names ports. `target` is the pod connected to; 'described' for one that is not known, else null. */
export interface PortMatch {
  text: string
  match(query: PortQuery, target: Target): Certainty
  bounds: PortRange[]
  named: boolean
}

export type Target = PodEnd | 'described' | null

export interface Rule {
  action: 'allow' | 'deny' | 'pass'
  index: number
  peers: PeerMatch[]
  ports: PortMatch[]
  /** At most MAYBE when the rule carries a condition that is not understood. */
  limit: Certainty
  /** A condition on the selected pod itself (Calico only). */
  selfMatch?: (self: PodEnd) => Certainty
}

export interface DirectionRules {
  rules: Rule[]
  /** Whether being selected denies what no rule allows. */
  defaultDeny: boolean
}

/** Something a policy says that is not understood; `mayOpen` when it could let traffic through unseen. */
export interface Issue {
  what: string
  mayOpen: boolean
}

export interface ParsedPolicy {
  object: PolicyObject
  ref: PolicyRef
  model: 'network-policy' | 'cilium' | 'calico' | 'admin' | 'baseline' | 'unknown'
  /** Rank inside its tier: Calico order or priority. */
  order: number
  tier: string
  issues(): Issue[]
  selects(pod: PodEnd): Certainty
  rules(direction: Direction): DirectionRules | null
}
