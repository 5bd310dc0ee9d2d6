/** What an enforcer keeps in the API about its own work, cut down to what is read here. Anything else is a newer form. */
export interface EnforcerObjects {
  /** Cilium: the endpoint of the pod. Null = there is none. */
  endpoint?: Read<CiliumEndpoint | null>
  /** AWS: the resolved policies of the pod's namespace. */
  policyEndpoints?: Read<readonly PolicyEndpoint[]>
}

/** An answer of the API server, or in words why there is none. */
export type Read<T> = { found: T } | { missing: string }

/** `cilium.io/v2`. The `policy` part is filled only before 1.16, and there only with the agent's endpoint-status option. */
export interface CiliumEndpoint {
  status?: {
    state?: string
    identity?: { id?: number; labels?: string[] }
    policy?: Partial<Record<'ingress' | 'egress', { enforcing?: boolean; state?: string }>>
  }
}

/** `networking.k8s.aws/v1alpha1`: a NetworkPolicy as the controller has resolved it for the agents of the nodes. */
export interface PolicyEndpoint {
  metadata: { name: string }
  spec?: {
    policyRef?: { name?: string; namespace?: string }
    podIsolation?: string[]
    podSelectorEndpoints?: { name?: string; namespace?: string; podIP?: string; hostIP?: string }[]
    ingress?: unknown[]
    egress?: unknown[]
  }
}
